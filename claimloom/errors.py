"""Errors whose text may be shown and logged: it names codes and fields, never a patient."""

from __future__ import annotations


class PlainError(Exception):
    """Base of errors with a text for people and without PHI."""
