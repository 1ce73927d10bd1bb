"""`paysandbox record`: a reverse proxy that judges and records the calls of a client to a vendor's test account."""
