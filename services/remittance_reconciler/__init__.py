"""Compares what was paid with what should have been: ``remittance-received`` to ``claim-reconciled``."""
