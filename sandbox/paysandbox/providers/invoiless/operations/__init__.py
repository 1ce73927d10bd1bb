"""Invoiless's operations, by subject."""
