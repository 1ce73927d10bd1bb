"""HTTP: ASGI messages to values and back, routing, and the console's pages."""
