"""Delivery of webhook events over the network, while a server runs."""
