"""The planted-fault table: single faults, each planted into a copy of the project, each to be noticed by its tests."""
