"""Measures the promises of the README and prints them; every figure is in a file named after it."""
