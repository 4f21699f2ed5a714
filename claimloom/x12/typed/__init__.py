"""The documents of this package with a name for every loop, segment and element that the guides use.

The modules beside this one are made from the tables by ``tools/generate_x12.py``. They are views: they hold nothing of
their own, each value is taken from the segment when it is asked for, and ``segment``/``loop`` lead back to its place.
"""
