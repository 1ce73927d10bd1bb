"""Find the records that a request names, and refuse the request where that fails."""
