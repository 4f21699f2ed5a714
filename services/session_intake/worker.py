"""``python -m services.session_intake.worker``: the same as ``claimloom worker session_intake``."""

from claimloom.cli import main

if __name__ == "__main__":
    main(["worker", "session_intake"])
