"""The same figures made of ordinary matplotlib artists, and what is drawn into axes of others."""
