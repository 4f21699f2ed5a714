"""Takes TA1, 999 and 277CA files in: ``claim-acknowledged``."""
