"""Turns a figure description into pixels or vectors."""
