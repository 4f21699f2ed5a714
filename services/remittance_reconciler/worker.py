"""``python -m services.remittance_reconciler.worker``: the same as ``claimloom worker remittance_reconciler``."""

from claimloom.cli import main

if __name__ == "__main__":
    main(["worker", "remittance_reconciler"])
