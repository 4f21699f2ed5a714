"""Holds or passes claims: ``claim-built`` to ``claim-scrubbed``."""
