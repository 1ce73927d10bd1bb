"""Which calls of public clients pass, before their requests were looked at and now."""
