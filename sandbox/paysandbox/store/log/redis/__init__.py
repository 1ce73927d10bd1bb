"""A log in Redis or Valkey: one server or a cluster. Needs hiredis, and is imported only if such a store is named.

`log.py` says what is sent, `server.py` and `cluster.py` where to, `connection.py` how; `address.py` reads the URL.
"""
