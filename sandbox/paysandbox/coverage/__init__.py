"""Contract coverage: the units of a contract, and reports of which units the calls exercised."""
