"""A contract made readable: the view behind the console's docs page and the Markdown pages under `docs/`."""
