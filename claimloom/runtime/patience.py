"""How long a worker waits for others before it gives them up: one value, so that a test can ask for a shorter life.

All of it scales together (``CLAIMLOOM_PATIENCE_PERCENT``), since the parts are chosen by one another: what is sent is
waited for longer than a session lasts, and a worker that stands still is noticed after several looks.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds. Who changes one looks at the grace periods of ``deploy/``, which are longer than ``stop``."""

    session: float = 10.0
    """A dead worker's partitions go to another after this; a paused broker is waited for."""
    send: float = 40.0
    """For the broker's word that it has what was sent; then all of it is sent again, by a new producer."""
    tell: float = 5.0
    """Sending that takes longer says so."""
    look: float = 10.0
    """Between two looks at whether events wait that nobody takes."""
    still: float = 30.0
    """A worker in front of waiting events that does nothing for so long ends itself. After a rebalance at the wrong
    moment Faust may stand by for ever: the one reason that was found is mended, this is for those that were not."""
    stop: float = 25.0
    """Told to stop, a worker ends within this, whatever it does."""

    @property
    def heartbeat(self) -> float:
        """Five in a session."""
        return self.session / 5

    def percent(self, of_it: int) -> Patience:
        """So much of all of it; a hundred is what it is."""
        share = of_it / 100
        return Patience(
            session=self.session * share,
            send=self.send * share,
            tell=self.tell * share,
            look=self.look * share,
            still=self.still * share,
            stop=self.stop * share,
        )
