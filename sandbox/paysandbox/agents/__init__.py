"""A running sandbox as tools of coding agents, by the Model Context Protocol (extra `mcp`)."""
