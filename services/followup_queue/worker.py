"""``python -m services.followup_queue.worker``: the same as ``claimloom worker followup_queue``."""

from claimloom.cli import main

if __name__ == "__main__":
    main(["worker", "followup_queue"])
