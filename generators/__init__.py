"""Columns and tables from a seed: a stream of random numbers in, Polars columns out.

Everything here is pure: no file, no clock, no unseeded randomness. A column is the same to the byte
however many rows are drawn at a time, and in however many processes.

A generator of one's own is a plain function, named in the workload file as `module.path:function`:

    def price(rng: numpy.random.Generator, rows: int, first: int) -> sequence or polars.Series

It gives `rows` values, those of the rows from `first` on, and takes its randomness from `rng` alone. It is
called once for each block of 16,384 rows, the last block in full too; rows beyond the table are dropped.
"""
