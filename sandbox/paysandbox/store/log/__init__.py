"""Namespaces kept in a log, so that they survive a restart and several workers share them.

A namespace is the fold of its log over the fixtures. What a process holds of it is a replica, at a version of the log.
A call is carried out on the replica and appended only if the log still ends at that version; otherwise it is undone,
the replica catches up, and the call is carried out again.
"""
