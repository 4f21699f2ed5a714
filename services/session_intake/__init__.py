"""Takes finished visits in: from an EMR's JSON Lines file to ``session-completed``."""
