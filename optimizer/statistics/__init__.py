"""Samples to numbers: percentiles with distribution-free intervals, paired comparisons. Pure."""
