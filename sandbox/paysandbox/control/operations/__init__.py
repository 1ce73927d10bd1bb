"""The control plane's operations, by subject. Their state is the sandbox itself."""
