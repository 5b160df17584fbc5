"""Derived numbers of runs: pure functions of their columns, and the table of them all."""
