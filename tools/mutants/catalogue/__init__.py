"""The mutants: a module or package for each provider, `check`, and the shared code, with `MUTANTS` in each module."""
