"""A connection to each process of a service: a port answers for any of its workers, a kept-alive connection for one."""

import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from tests.e2e.calls import Call, get
from tests.e2e.client import Answer, Connection
from tests.e2e.secrets_seen import SecretsSeen

READY = "/health/ready"
_MOST_CONNECTIONS = 200


@dataclass(slots=True)
class Process:
    """One process, and a connection that it alone answers."""

    service: str
    pid: int
    connection: Connection

    def __str__(self) -> str:
        return f"{self.service} {self.pid}"

    def ask(self, call: Call) -> Answer:
        """What this process answers."""
        return self.connection.ask(call)


def every_process(service: str, base: str, seen: SecretsSeen, *, workers: int) -> list[Process]:
    """A connection to each of the `workers` processes behind a URL; fails the test if they are not found."""
    found: dict[int, Process] = {}
    for _ in range(_MOST_CONNECTIONS):
        process = connect(service, base, seen)
        if found.setdefault(process.pid, process) is not process:
            process.connection.close()
        if len(found) == workers:
            return list(found.values())
    raise AssertionError(f"of {workers} processes of {service}, {len(found)} answered")


def connect(service: str, base: str, seen: SecretsSeen) -> Process:
    """A new connection, to whichever process takes it."""
    connection = Connection(base, seen, pinned=True)
    told = connection.ask(get(READY)).json()
    assert told["service"] == service
    return Process(service, told["pid"], connection)


def ask_all(processes: Sequence[Process], call: Call) -> list[tuple[Process, Answer]]:
    """Asks every process at the same time."""
    for process in processes:
        process.connection.send(call)
    return [(process, process.connection.receive()) for process in processes]


@contextmanager
def stopped(pids: Sequence[int]) -> Iterator[None]:
    """Processes that stand still within the block, as if the machine had forgotten them."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
