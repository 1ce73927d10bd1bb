"""Evidence: recordings of real traffic held against the contracts, replayed, and taken home into them."""
