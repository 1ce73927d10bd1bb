"""Contract suites: test a server, this sandbox or any other, against a provider's contract."""
