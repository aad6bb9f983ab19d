"""Child processes always end: with their parent, with their group, and never a stranger in their place."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from deploy.local.errors import StartFailed
from deploy.local.process_record import is_alive
from deploy.local.processes import ProcessSpec, Supervisor
from deploy.local.readiness import start_ready, wait_until_ready
from tests.integration.deploy.waiting import wait_for

PARENT_WITH_WORKER = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("up", flush=True)
time.sleep(600)
"""
STARTER = """
import sys, time
from pathlib import Path
from deploy.local.process_record import is_alive
from deploy.local.processes import ProcessSpec, Supervisor
folder = Path(sys.argv[1])
supervisor = Supervisor(folder / "run", die_with_parent=sys.argv[2] == "tied")
code = "import time; print('up', flush=True); time.sleep(600)"
spec = ProcessSpec("child", (sys.executable, "-c", code), folder / "child.log", 0)
print(supervisor.ensure(spec).record.pid, flush=True)
time.sleep(600)
"""


def _spec(folder: Path, *code: str, name: str = "child", layer: int = 0) -> ProcessSpec:
    return ProcessSpec(name, (sys.executable, "-c", *code), folder / f"{name}.log", layer, grace_seconds=5)


def _run_and_kill_starter(folder: Path, how: str) -> int:
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, str(folder), how], stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
    )
    with starter:
        assert starter.stdout is not None
        pid = int(starter.stdout.readline())
        wait_for(lambda: (folder / "child.log").read_text() == "up\n")
        starter.kill()
    return pid


def test_a_tied_child_dies_with_a_killed_parent(folder: Path) -> None:
    pid = _run_and_kill_starter(folder, "tied")
    wait_for(lambda: not psutil.pid_exists(pid))


def test_a_detached_child_outlives_its_parent_until_stopped(folder: Path) -> None:
    pid = _run_and_kill_starter(folder, "detached")
    assert psutil.pid_exists(pid)
    assert Supervisor(folder / "run", die_with_parent=False).stop_all() == ["child"]
    wait_for(lambda: not psutil.pid_exists(pid))


def test_workers_of_a_killed_leader_are_stopped_too(folder: Path) -> None:
    supervisor = Supervisor(folder / "run", die_with_parent=True)
    child = supervisor.ensure(_spec(folder, PARENT_WITH_WORKER))
    wait_for(lambda: child.last_lines() == "up")
    workers = psutil.Process(child.record.pid).children()
    os.kill(child.record.pid, signal.SIGKILL)
    wait_for(lambda: not child.is_alive())
    assert supervisor.stop_all() == ["child"]
    assert workers
    assert not [worker for worker in workers if is_alive(worker)]


def test_a_child_that_ignores_the_polite_signal_is_killed(folder: Path) -> None:
    supervisor = Supervisor(folder / "run", die_with_parent=True)
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
    child = supervisor.ensure(_spec(folder, deaf))
    wait_for(lambda: child.last_lines() == "up")
    record = child.record
    record.forget(folder / "run")
    impatient = type(record)(**{**vars(record), "grace_seconds": 0.1})
    impatient.write(folder / "run")
    supervisor.stop_all()
    assert not psutil.pid_exists(record.pid)


def test_a_child_with_another_command_is_replaced(folder: Path) -> None:
    supervisor = Supervisor(folder / "run", die_with_parent=True)
    first = supervisor.ensure(_spec(folder, "import time; time.sleep(600)"))
    again = supervisor.ensure(_spec(folder, "import time; time.sleep(600)"))
    other = supervisor.ensure(_spec(folder, "import time; time.sleep(601)"))
    assert again.record == first.record
    assert other.record.pid != first.record.pid
    assert first.record.leader() is None


def test_waiting_for_a_dead_child_fails_with_its_output(folder: Path) -> None:
    child = Supervisor(folder / "run", die_with_parent=True).ensure(_spec(folder, "raise SystemExit('no database')"))
    with pytest.raises(StartFailed, match="no database"):
        wait_until_ready(child, lambda: False, seconds=60)


def test_a_child_found_in_its_last_moment_is_launched_anew(folder: Path) -> None:
    supervisor = Supervisor(folder / "run", die_with_parent=True)
    spec = _spec(folder, "import time; time.sleep(600)")
    first = supervisor.ensure(spec).record.pid

    def the_first_dies() -> bool:
        """Whoever killed it did so before the start, and its end shows only now."""
        found = supervisor.record(spec.name)
        assert found is not None
        if found.pid == first:
            os.kill(first, signal.SIGKILL)
        return found.pid != first

    second = start_ready(lambda: supervisor.ensure(spec), the_first_dies, seconds=60)
    assert not second.was_running
    assert second.record.leader() is not None
