"""Bytes to documents: source, segments, the walk through a guide, whole files and streams."""
