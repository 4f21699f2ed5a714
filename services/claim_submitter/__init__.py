"""Puts clean claims into 837P files: ``claim-scrubbed`` to ``claim-submitted``."""
