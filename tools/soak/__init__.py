"""Minutes of mixed load on a real server, faults in one namespace, and its end in the middle of it: `make soak`."""
