"""CRM.COM's operations, by subject."""
