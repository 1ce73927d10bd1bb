"""Hostile input, made up at random from a seed, at every door: nothing may break, hang or grow. `make fuzz`."""
