"""``python -m services.claim_submitter.worker``: the same as ``claimloom worker claim_submitter``."""

from claimloom.cli import main

if __name__ == "__main__":
    main(["worker", "claim_submitter"])
