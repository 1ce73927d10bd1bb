"""CRM.COM's records: the setup of an installation, what calls create and change, and the tables of both."""
