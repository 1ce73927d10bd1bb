"""Long runs of the ledgers of the tests: any sequence of calls in memory, compared with a model after each step."""
