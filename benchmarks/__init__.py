"""Measurements: what is claimed of storycluster comes from a command here."""
