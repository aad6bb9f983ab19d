"""A start that fails takes back what it did, and nothing that ran before."""

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from deploy.local.errors import PlatformError
from deploy.local.ports import free_port
from deploy.local.processes import ProcessSpec, Supervisor
from deploy.local.running_platform import Platform
from deploy.local.server_access import KafkaAccess
from deploy.local.settings import LocalSettings
from deploy.local.steps import Step, Steps


class InterruptedSteps(Steps):
    """Ctrl-C comes at the step of that title; what is said is kept."""

    def __init__(self, title: str) -> None:
        super().__init__(quiet=True)
        self._title = title
        self.said: list[str] = []

    def step(self, title: str) -> AbstractContextManager[Step]:
        if title == self._title:
            raise KeyboardInterrupt
        return super().step(title)

    def say(self, text: str) -> None:
        self.said.append(text)


@pytest.fixture
def supervisor(folder: Path) -> Iterator[Supervisor]:
    """Of an earlier start, which left a process running."""
    earlier = Supervisor(folder / "run", die_with_parent=True)
    command = (sys.executable, "-c", "import time; time.sleep(600)")
    earlier.ensure(ProcessSpec("earlier", command, folder / "earlier.log", 2))
    yield earlier
    earlier.stop_all()


def _platform(folder: Path, kafka: str, steps: Steps) -> Platform:
    settings = LocalSettings.on_free_ports(folder, postgres_durable=False, kafka_bootstrap_servers=kafka)
    return Platform(settings, steps=steps, die_with_parent=True, services=())


def _running(supervisor: Supervisor) -> list[str]:
    return [record.name for record in supervisor.running()]


def test_an_interrupted_start_stops_only_what_it_started(
    folder: Path, kafka: KafkaAccess, supervisor: Supervisor
) -> None:
    steps = InterruptedSteps("Databases migrated")
    with pytest.raises(KeyboardInterrupt):
        _platform(folder, kafka.bootstrap_servers, steps).start()
    assert _running(supervisor) == ["earlier"]
    assert steps.said == ["Stopped again: postgres.", "Still running, as before: earlier."]


def test_a_start_that_fails_leaves_what_ran_before_running(folder: Path, supervisor: Supervisor) -> None:
    with pytest.raises(PlatformError, match="KAFKA_BOOTSTRAP_SERVERS"):
        _platform(folder, f"127.0.0.1:{free_port()}", Steps(quiet=True)).start()
    assert _running(supervisor) == ["earlier"]


def test_a_process_being_replaced_does_not_count_as_running(
    folder: Path, supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C may come while its end is awaited."""
    before = supervisor.running()

    def interrupted(*_: object) -> None:
        monkeypatch.undo()
        raise KeyboardInterrupt

    monkeypatch.setattr(Supervisor, "_await_end", interrupted)
    with pytest.raises(KeyboardInterrupt):
        supervisor.stop("earlier")
    supervisor.stop_all(besides=before)
    assert supervisor.records() == []
    assert before[0].leader() is None


def test_a_start_with_another_issuer_is_refused(folder: Path, kafka: KafkaAccess) -> None:
    first = _platform(folder, kafka.bootstrap_servers, Steps(quiet=True))
    with pytest.raises(KeyboardInterrupt):
        Platform(first.settings, steps=InterruptedSteps("proxy"), die_with_parent=True, services=()).start()
    moved = first.settings.model_copy(update={"proxy_port": free_port()})
    with pytest.raises(PlatformError, match=r"PROXY_PORT=\d+, or .*delete") as raised:
        Platform(moved, die_with_parent=True, services=()).start()
    assert str(first.settings.proxy_port) in str(raised.value)
    assert str(folder) in str(raised.value)
