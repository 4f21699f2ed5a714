"""Keeps the list of what people have to do."""
