"""Asks every process that serves, at the same moment, with something that was withdrawn.

A process may be dead (that refuses as well as anything), new, or stand still: who does not answer soon is waited for
by somebody else, and must refuse all the same when it goes on.
"""

import select
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any

from tests.chaos.history import History
from tests.e2e.calls import Call, get
from tests.e2e.client import Answer, Connection
from tests.e2e.processes import READY
from tests.e2e.secrets_seen import SecretsSeen

BROKEN = (OSError, HTTPException, ValueError)
"""What goes wrong with a connection whose other end dies."""
_SOON = 1.5
_LATE = 60.0
_DIALS = 12
_DIAL_LIMIT = 1.0

KeepsPromise = Callable[[Answer], bool]


@dataclass(frozen=True, slots=True)
class _Line:
    """A connection that one process alone answers."""

    service: str
    pid: int
    connection: Connection

    def __str__(self) -> str:
        return f"{self.service} {self.pid}"


@dataclass(slots=True)
class Prober:
    """For one thread. `census` tells the processes of each service that serve now."""

    bases: Mapping[str, Any]
    census: Callable[[str], frozenset[int]]
    history: History
    seen: SecretsSeen
    _lines: dict[tuple[str, int], _Line] = field(default_factory=dict)

    def ask(
        self, calls: Mapping[str, Call], keeps_promise: KeepsPromise, what: str, *, for_ever: bool = True
    ) -> dict[str, Answer]:
        """Sends each service's call to each of its processes, and gives the answers that came soon.

        A broken promise is a violation that begins with `what`. If the promise holds `for_ever`, also what comes late
        must keep it.
        """
        sent = [line for service, call in calls.items() for line in self._dialled(service) if self._send(line, call)]
        soon, late = _sorted_by_answer(sent)
        answers: dict[str, Answer] = {}
        for line in soon:
            if (answer := self._receive(line)) is not None:
                answers[str(line)] = answer
                self._judge(line, answer, keeps_promise, what)
        for line in late:
            self._lines.pop((line.service, line.pid))
            threading.Thread(
                target=self._wait_for, args=(line, keeps_promise if for_ever else _anything, what), daemon=True
            ).start()
        self.history.probed(len(answers))
        return answers

    def close(self) -> None:
        """Closes every connection."""
        for line in self._lines.values():
            line.connection.close()
        self._lines.clear()

    def _dialled(self, service: str) -> list[_Line]:
        """A line to each process of a service that takes connections."""
        wanted = self.census(service)
        for key in [key for key in self._lines if key[0] == service and key[1] not in wanted]:
            self._lines.pop(key).connection.close()
        for _ in range(_DIALS):
            if all((service, pid) in self._lines for pid in wanted):
                break
            self._dial(service)
        return [line for (name, _), line in self._lines.items() if name == service]

    def _dial(self, service: str) -> None:
        try:
            connection = Connection(self.bases[service], self.seen, pinned=True, timeout=_DIAL_LIMIT)
        except BROKEN:
            return
        try:
            pid = connection.ask(get(READY)).json()["pid"]
        except BROKEN:
            connection.close()
            return
        if (service, pid) in self._lines:
            connection.close()
        else:
            self._lines[service, pid] = _Line(service, pid, connection)

    def _send(self, line: _Line, call: Call) -> bool:
        try:
            line.connection.send(call)
        except BROKEN:
            self._lines.pop((line.service, line.pid)).connection.close()
            return False
        return True

    def _receive(self, line: _Line) -> Answer | None:
        try:
            return line.connection.receive()
        except BROKEN:
            self._lines.pop((line.service, line.pid)).connection.close()
            return None

    def _judge(self, line: _Line, answer: Answer, keeps_promise: KeepsPromise, what: str) -> None:
        if not keeps_promise(answer):
            self.history.violated(f"{what}: {line} answered {answer.status}")

    def _wait_for(self, line: _Line, keeps_promise: KeepsPromise, what: str) -> None:
        """Waits for a process that stands still, and judges what it says when it goes on."""
        try:
            if select.select([line.connection.fileno()], [], [], _LATE)[0]:
                answer = line.connection.receive()
                self.history.probed(1, late=True)
                self._judge(line, answer, keeps_promise, f"{what}, late")
        except BROKEN:
            pass
        finally:
            line.connection.close()


def _anything(_: Answer) -> bool:
    return True


def _sorted_by_answer(sent: list[_Line]) -> tuple[list[_Line], list[_Line]]:
    """Those of whom there is something to read soon, and the others."""
    deadline = time.monotonic() + _SOON
    waiting = {line.connection.fileno(): line for line in sent}
    soon: list[_Line] = []
    while waiting and (left := deadline - time.monotonic()) > 0:
        ready, _, _ = select.select(list(waiting), [], [], left)
        soon += [waiting.pop(number) for number in ready]
    return soon, list(waiting.values())
