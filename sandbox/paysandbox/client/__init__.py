"""Python client of the control plane."""
