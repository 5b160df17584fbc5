"""Readers of optical spectra: text of any layout, and the formats of instruments."""
