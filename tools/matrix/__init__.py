"""One scenario, four vendors: what differs between them is what integrators trip over."""
