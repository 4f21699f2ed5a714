"""``python -m services.claim_scrubber.worker``: the same as ``claimloom worker claim_scrubber``."""

from claimloom.cli import main

if __name__ == "__main__":
    main(["worker", "claim_scrubber"])
