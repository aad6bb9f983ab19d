"""Adding up the metrics of the workers of one server, through files that the client library maps into memory."""

import os
import shutil
from pathlib import Path
from typing import Final

from prometheus_client.multiprocess import mark_process_dead

_FOLDER_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"


def share_metrics(folder: Path) -> None:
    """Lets the processes started from here share their metrics in `folder`, which is emptied.

    To be called once, in the server's own process before it starts workers: emptied by a worker, it would lose what
    its neighbours counted.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ[_FOLDER_VARIABLE] = str(folder)


def shared_folder() -> Path | None:
    """Where this process shares its metrics; None if it doesn't."""
    folder = os.environ.get(_FOLDER_VARIABLE)
    return Path(folder) if folder else None


def forget_dead_processes(folder: Path) -> None:
    """Drops the gauges of processes that are gone; what they counted stays in the sums.

    To be called by each worker at its start: that of one which died is followed by another.
    """
    pids = {path.stem.rpartition("_")[2] for path in folder.glob("*.db")}
    for pid in pids:
        if pid.isdigit() and not Path(f"/proc/{pid}").exists():
            mark_process_dead(int(pid), str(folder))  # type: ignore[no-untyped-call]
