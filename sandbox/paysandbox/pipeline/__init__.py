"""The life of a call, from request to reply, and what surrounds it: faults, journal, coverage, explanation."""
