"""Recipes: one folder a domain; each lists items and describes figures."""
