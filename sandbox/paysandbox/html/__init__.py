"""HTML pages from Jinja templates: one base page, one style sheet, one security policy."""
