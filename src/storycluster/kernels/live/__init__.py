"""The compiled loops of articles that come and go: one live set in, what becomes of it out."""
