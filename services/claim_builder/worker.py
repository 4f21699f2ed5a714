"""``python -m services.claim_builder.worker``: the same as ``claimloom worker claim_builder``."""

from claimloom.cli import main

if __name__ == "__main__":
    main(["worker", "claim_builder"])
