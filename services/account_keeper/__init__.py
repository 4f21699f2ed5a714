"""Keeps how each claim stands."""
