"""figmill: a batch factory for scientific figures."""
