"""``x12``: look into a file of any of the transactions of a claim's life, and make others of it."""
