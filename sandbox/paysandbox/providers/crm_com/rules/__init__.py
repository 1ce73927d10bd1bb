"""Arithmetic and decisions on CRM.COM's records, by subject: no Call, no Reply."""
