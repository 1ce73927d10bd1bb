"""The live server: sockets, uvicorn and its HTTP protocol, and the log format."""
