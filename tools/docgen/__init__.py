"""The pages under `docs/`: those of the providers are made from their contracts, all others are run as tests."""
