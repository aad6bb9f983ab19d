"""Adds up the metrics of one server's workers, through files that the client library maps into memory."""

import os
import shutil
from pathlib import Path
from typing import Final

from prometheus_client.multiprocess import mark_process_dead

_FOLDER_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"


def share_metrics(folder: Path) -> None:
    """Makes child processes share their metrics in `folder`, which is emptied.

    Call it once, in the server's own process before it starts workers: a worker would delete the counts of others.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ[_FOLDER_VARIABLE] = str(folder)


def shared_folder() -> Path | None:
    """Where this process shares its metrics; None if it doesn't."""
    folder = os.environ.get(_FOLDER_VARIABLE)
    return Path(folder) if folder else None


def forget_dead_processes(folder: Path) -> None:
    """Deletes the gauges of dead processes; their counts stay in the sums.

    Each worker calls it at its start, because it may replace a dead one.
    """
    pids = {path.stem.rpartition("_")[2] for path in folder.glob("*.db")}
    for pid in pids:
        if pid.isdigit() and not Path(f"/proc/{pid}").exists():
            mark_process_dead(int(pid), str(folder))  # type: ignore[no-untyped-call]
