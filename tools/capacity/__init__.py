"""What several hosts and shards of a store would carry: costs measured here, and a simulation of what is not here."""
