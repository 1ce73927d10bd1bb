"""Recordings of HTTP traffic: HAR 1.2, cassettes of VCR, and the sandbox's own journal, read and written."""
