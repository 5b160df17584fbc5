"""Work in other processes: who does what, when, and what becomes of those who die."""
