"""The compiled loops (Numba): arrays in, arrays out. No objects, no files, no settings: numbers are arguments."""
