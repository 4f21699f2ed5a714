"""``python -m services.remittance_intake.worker``: the same as ``claimloom worker remittance_intake``."""

from claimloom.cli import main

if __name__ == "__main__":
    main(["worker", "remittance_intake"])
