"""What a provider builds on: its declaration, fixtures, invariants, hints, and namespaces chosen by a credential."""
