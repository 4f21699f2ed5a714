"""Turns a finished visit into a claim: ``session-completed`` to ``claim-built``."""
