"""Contracts: OpenAPI files as operations that validate requests and replies."""
