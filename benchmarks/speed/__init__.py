"""How fast: everybody on the same documents in one run (``python -m benchmarks.speed``), and our own stages."""
