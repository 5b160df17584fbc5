"""Chip measurements: staged runs, histories, derived numbers, and the figures of a device."""
