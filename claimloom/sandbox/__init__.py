"""A payer you can run, and visits to bill it for. It splits our 837P files by itself, prices by its own arithmetic and
writes down what it did, so that we can be graded by it; it shares public tables with the rest, and the writers of its
answers (``letters``)."""
