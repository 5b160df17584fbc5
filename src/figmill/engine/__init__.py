"""Runs any callable per item, durably. Knows nothing of figures."""
