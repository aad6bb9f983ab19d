"""The record of a started process, by which a later run finds exactly that process."""

import json
import os
import signal
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

# psutil derives a start time from the clock at boot, which may be corrected a little between two runs.
START_TIME_TOLERANCE = 1.5


@dataclass(frozen=True)
class ProcessRecord:
    """A process that was started as the leader of its own session and group."""

    name: str
    pid: int
    started_at: float
    """Its start time according to the system, in epoch seconds: a pid is reused, the pair is not."""
    digest: str
    """Of command and environment, to compare with those wanted now."""
    layer: int
    """Higher layers need lower ones, so they stop first."""
    stop_signal: int
    grace_seconds: float

    def write(self, folder: Path) -> None:
        """Store this record in `folder`, replacing an earlier one of the same name."""
        target = folder / f"{self.name}.json"
        partial = target.with_suffix(".partial")
        partial.write_text(json.dumps(asdict(self)))
        partial.replace(target)

    def forget(self, folder: Path) -> None:
        """Remove this record from `folder`."""
        (folder / f"{self.name}.json").unlink(missing_ok=True)

    def leader(self) -> psutil.Process | None:
        """The recorded process if it is alive; None if it ended, even if another now has its pid."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started_at) < START_TIME_TOLERANCE
            return process if same and is_alive(process) else None
        except psutil.NoSuchProcess:
            return None

    def members(self) -> list[psutil.Process]:
        """All that must end with this process: the leader, its descendants and the rest of its group.

        Workers outlive a killed leader in its group, and PostgreSQL's children leave the group but not the tree.
        """
        leader = self.leader()
        if leader is None and _is_taken(self.pid):
            return []  # the pid belongs to a stranger, so the group of that number does too
        members = {} if leader is None else {leader.pid: leader}
        if leader is not None:
            members |= {child.pid: child for child in _children(leader)}
        for process in psutil.process_iter():
            if self._in_group(process):
                members.setdefault(process.pid, process)
        return list(members.values())

    def signal_members(self, number: int) -> None:
        """Send a signal to the leader, or to the rest of its group if it is gone."""
        leader = self.leader()
        for process in [leader] if leader is not None else self.members():
            _send(process, number)

    def _in_group(self, process: psutil.Process) -> bool:
        try:
            if os.getpgid(process.pid) != self.pid or os.getsid(process.pid) != self.pid:
                return False
            return process.create_time() > self.started_at - START_TIME_TOLERANCE and is_alive(process)
        except (ProcessLookupError, psutil.NoSuchProcess):
            return False


def read_records(folder: Path) -> list[ProcessRecord]:
    """All records in `folder`, highest layer first; an unreadable one is deleted (it was never complete)."""
    records = []
    for path in sorted(folder.glob("*.json")):
        try:
            records.append(ProcessRecord(**json.loads(path.read_text())))
        except FileNotFoundError:  # deleted just now
            continue
        except (ValueError, TypeError):
            path.unlink(missing_ok=True)
    return sorted(records, key=lambda record: -record.layer)


def is_alive(process: psutil.Process) -> bool:
    """Whether a process still runs or holds resources; a zombie does not."""
    try:
        if not process.is_running():
            return False
        # The first thread of a JVM may have ended while others still close files and ports.
        return process.status() != psutil.STATUS_ZOMBIE or process.num_threads() > 1
    except psutil.NoSuchProcess:
        return False


def kill_process(process: psutil.Process) -> None:
    """End a process at once; one that is gone already is fine."""
    _send(process, signal.SIGKILL)


def _send(process: psutil.Process, number: int) -> None:
    with suppress(psutil.NoSuchProcess):
        process.send_signal(number)


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _is_taken(pid: int) -> bool:
    try:
        return is_alive(psutil.Process(pid))
    except psutil.NoSuchProcess:
        return False
