"""Slow textbook twins of the kernels, in plain Python: what the fast ones are compared with."""
