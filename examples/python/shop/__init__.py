"""A shop that gets its invoices paid through four services."""
