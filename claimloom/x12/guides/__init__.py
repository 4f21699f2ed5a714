"""The standard as data: the guides' tables, what a value may be, the words of findings. Knows no reader."""
