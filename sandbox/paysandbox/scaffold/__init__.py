"""Scaffolds a provider from an OpenAPI file: contract, fixtures, code and tests, tried before they are kept."""
