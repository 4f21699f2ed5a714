"""``python -m claimloom``: the command line."""

from claimloom.cli import main

main()
