"""A disturbance: the database is put back to a backup of before while files went out and came in, as docs/operating.md
says. Workers stopped, ``pg_restore``, ``claimloom db restore``, groups begin again, workers started.
"""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING

import psycopg

from tools.local import Postgres

if TYPE_CHECKING:
    from tools.chaos import Trial


def restore(trial: Trial) -> bool:
    """A backup at one moment, put back at a later one; at about every third delivery."""
    from tools.chaos import begin_again, stop_all

    if trial.done and trial.chance.random() < 0.7:
        return False
    cluster = trial.cluster
    file = cluster.folder.with_name(f"{cluster.folder.name}-{trial.done}.backup")
    cluster.settings = {**cluster.settings, "CLAIMLOOM_PG_DUMP": str(Postgres.program("pg_dump"))}
    assert cluster.claimloom("db", "backup", str(file)).returncode == 0
    time.sleep(trial.chance.uniform(1.0, 8.0))
    stopped = stop_all(cluster)
    trial.engine.dispose()
    with psycopg.connect(cluster.db, autocommit=True) as connection:  # as new, so that its address stays
        connection.execute("drop schema public cascade")
        connection.execute("create schema public")
    command = [str(Postgres.program("pg_restore")), "--no-owner", f"--dbname={cluster.db}", str(file)]
    subprocess.run(command, check=True, capture_output=True)
    done = cluster.claimloom("db", "restore")
    assert "Traceback" not in done.stderr
    begin_again(cluster, stopped)
    return True
