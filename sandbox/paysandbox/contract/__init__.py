"""Contracts: an OpenAPI file read into operations, which judge what may be asked and what may be answered."""
