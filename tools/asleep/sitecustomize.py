"""For processes under Debian's faketime 0.9.10: its clock_nanosleep refuses the absolute times that Python gives it."""

import select
import time


def sleep(seconds: float) -> None:
    """``time.sleep`` by select, which it leaves alone."""
    select.select((), (), (), seconds)


time.sleep = sleep
