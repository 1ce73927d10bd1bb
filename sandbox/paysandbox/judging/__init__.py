"""One recorded exchange held against its contract: what the pipeline says of it, and where the two differ."""
