"""The contract suites: everything a contract promises, tried on this sandbox or on any other server that claims it."""
