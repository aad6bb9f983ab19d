"""Child processes that always end: each in its own session, recorded, stopped layer by layer.

A lock file keeps two programs from starting or stopping the same ones at once.
"""

import fcntl
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from deploy.local.errors import PlatformError
from deploy.local.process_record import ProcessRecord, is_alive, kill_process, read_records

EXEC_CHILD = Path(__file__).with_name("exec_child.py")
LOG_KEPT_BYTES = 20_000_000
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR")

_started_here: list[subprocess.Popen[bytes]] = []
"""The children of this process, of all supervisors: only their parent can collect them."""


@dataclass(frozen=True)
class ProcessSpec:
    """A process to run."""

    name: str
    command: tuple[str, ...]
    log: Path
    layer: int
    env: Mapping[str, str] = field(default_factory=dict)
    """Added to a few of our variables (PATH, HOME, locale); no others are inherited."""
    config: str = ""
    """The content of the command's settings file: with other settings it is another process."""
    cwd: Path | None = None
    user: str | None = None
    stop_signal: int = signal.SIGTERM
    death_signal: int = signal.SIGKILL
    """The signal that it gets when the parent dies, with `die_with_parent`."""
    grace_seconds: float = 10.0

    def digest(self) -> str:
        """A fingerprint of command, environment and settings (which may hold secrets, so only the hash is kept)."""
        content = json.dumps([self.command, dict(self.env), self.user, self.config], sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()


@dataclass(frozen=True)
class RunningProcess:
    """A process that was started now, or before."""

    record: ProcessRecord
    log: Path
    log_start: int
    """The position of this run's first line in the log, in bytes."""
    was_running: bool

    def is_alive(self) -> bool:
        """Whether it still runs."""
        return self.record.leader() is not None

    def last_lines(self, count: int = 15) -> str:
        """The last lines it wrote in this run."""
        with self.log.open("rb") as log:
            log.seek(self.log_start)
            return "\n".join(log.read().decode(errors="replace").splitlines()[-count:])


class Supervisor:
    """Starts, finds and stops the processes recorded in one folder.

    With `die_with_parent` the system ends them when this process dies, however it dies (Linux); without, they stay
    until `stop_all`, called by this or any later process.
    """

    def __init__(self, folder: Path, *, die_with_parent: bool) -> None:
        self._folder = folder
        self._die_with_parent = die_with_parent
        self._ending: list[ProcessRecord] = []
        """Processes that got their signal: an interrupted wait for their end doesn't keep them alive."""

    def ensure(self, spec: ProcessSpec) -> RunningProcess:
        """Return the process if it runs as wanted; else end the rest of an earlier one, and start it."""
        record = self.record(spec.name)
        if record is not None and self.runs(spec):
            return RunningProcess(record, spec.log, _size(spec.log), was_running=True)
        self.stop(spec.name)
        return self._start(spec)

    def runs(self, spec: ProcessSpec) -> bool:
        """Whether that process is alive, started by the same command in the same environment."""
        record = self.record(spec.name)
        return record is not None and record.digest == spec.digest() and record.leader() is not None

    def record(self, name: str) -> ProcessRecord | None:
        """The record of the process of that name, alive or not."""
        return next((record for record in self.records() if record.name == name), None)

    def records(self) -> list[ProcessRecord]:
        """Every record, highest layer first."""
        return read_records(self._folder)

    def stop(self, name: str) -> bool:
        """End one process and all that belongs to it; returns whether anything was running."""
        record = self.record(name)
        return record is not None and self._stop([record])

    def running(self) -> list[ProcessRecord]:
        """The records of those that are alive, highest layer first."""
        return [record for record in self.records() if record.leader() is not None]

    def stop_all(self, *, besides: Collection[ProcessRecord] = ()) -> list[str]:
        """End all processes but `besides`, highest layer first, each layer at once; returns the names that ran."""
        records = [record for record in self.records() if record not in besides or record in self._ending]
        ran = [record.name for record in records if record.members()]
        for layer in sorted({record.layer for record in records}, reverse=True):
            self._stop([record for record in records if record.layer == layer])
        return ran

    def _start(self, spec: ProcessSpec) -> RunningProcess:
        self._folder.mkdir(parents=True, exist_ok=True)
        spec.log.parent.mkdir(parents=True, exist_ok=True)
        if _size(spec.log) > LOG_KEPT_BYTES:
            spec.log.replace(spec.log.with_suffix(".old.log"))
        log_start = _size(spec.log)
        with spec.log.open("ab") as log:
            child = subprocess.Popen(
                self._command(spec),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=child_environment(spec.env),
                cwd=spec.cwd,
                start_new_session=True,
            )
        _started_here.append(child)
        record = _record_of(spec, child.pid)
        record.write(self._folder)
        return RunningProcess(record, spec.log, log_start, was_running=False)

    def _command(self, spec: ProcessSpec) -> list[str]:
        plan = {
            "user": spec.user,
            "death_signal": int(spec.death_signal) if self._die_with_parent else None,
            "parent": os.getpid(),
        }
        return [sys.executable, "-I", "-S", str(EXEC_CHILD), json.dumps(plan), *spec.command]

    def _stop(self, records: list[ProcessRecord]) -> bool:
        members = {record.pid: record.members() for record in records}
        self._ending = [*self._ending, *records]
        for record in records:
            record.signal_members(record.stop_signal)
        for record in records:
            self._await_end(members[record.pid], record.grace_seconds)
            for straggler in record.members():  # new members of its group
                kill_process(straggler)
            record.forget(self._folder)
            self._ending.remove(record)
        _reap()
        return any(members.values())

    def _await_end(self, processes: list[psutil.Process], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while alive := [process for process in processes if is_alive(process)]:
            _reap()
            if time.monotonic() > deadline:
                for process in alive:
                    kill_process(process)
            time.sleep(0.02)


def child_environment(added: Mapping[str, str]) -> dict[str, str]:
    """The environment of a child: a few of our variables and `added`."""
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return inherited | dict(added)


@contextmanager
def locked(path: Path, *, busy: str | None = None) -> Iterator[None]:
    """Hold the lock file `path`; wait for it, or raise PlatformError(busy) if that text is given.

    The system releases it when its holder dies.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (fcntl.LOCK_NB if busy is not None else 0))
        except BlockingIOError as error:
            raise PlatformError(busy or "") from error
        yield


def _reap() -> None:
    """Collect our own ended children, which would stay zombies."""
    _started_here[:] = [child for child in _started_here if child.poll() is None]


def _record_of(spec: ProcessSpec, pid: int) -> ProcessRecord:
    return ProcessRecord(
        name=spec.name,
        pid=pid,
        started_at=psutil.Process(pid).create_time(),
        digest=spec.digest(),
        layer=spec.layer,
        stop_signal=int(spec.stop_signal),
        grace_seconds=spec.grace_seconds,
    )


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
