"""``python -m services.acknowledgment_intake.worker``: the same as ``claimloom worker acknowledgment_intake``."""

from claimloom.cli import main

if __name__ == "__main__":
    main(["worker", "acknowledgment_intake"])
