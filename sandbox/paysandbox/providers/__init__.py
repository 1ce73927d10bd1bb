"""The imitated APIs: each folder here is one, and nothing else needs to know of it."""
