"""State in memory: tables under transactions, namespaces, the journal and faults."""
