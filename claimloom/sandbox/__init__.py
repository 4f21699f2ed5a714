"""A payer you can run, and visits to bill it for. It shares nothing with the rest but public tables: it splits our
837P files by itself, prices by its own arithmetic and writes down what it did, so that we can be graded by it."""
