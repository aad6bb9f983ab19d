"""Asking for tokens without pause, over several connections, while permissions change."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from tests.e2e.calls import Call
from tests.e2e.client import Answer
from tests.e2e.processes import Process
from tests.e2e.stage import App, refresh_call
from tests.e2e.waiting import until

NextCall = Callable[[Answer | None], Call]
"""What to ask next, by what was answered last."""


@dataclass(frozen=True, slots=True)
class Strike:
    """One request and its answer. `sent_at`: on this process's clock."""

    sent_at: float
    answer: Answer


@dataclass(slots=True)
class _Striker:
    process: Process
    next_call: NextCall
    strikes: list[Strike] = field(default_factory=list)
    failure: BaseException | None = None

    def run(self, enough: threading.Event) -> None:
        last: Answer | None = None
        try:
            while not enough.is_set():
                sent_at = time.perf_counter()
                last = self.process.ask(self.next_call(last))
                self.strikes.append(Strike(sent_at, last))
        except Exception as error:
            self.failure = error


class Hammer:
    """Strikes within its block; each process of `strikers` by one thread."""

    def __init__(self, strikers: Sequence[tuple[Process, NextCall]]) -> None:
        self._strikers = [_Striker(process, next_call) for process, next_call in strikers]
        self._enough = threading.Event()
        self._threads = [
            threading.Thread(target=striker.run, args=(self._enough,), daemon=True) for striker in self._strikers
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._enough.set()
        for thread in self._threads:
            thread.join()

    def wait_for_tokens(self, count: int) -> None:
        """Returns once every thread was given so many tokens."""
        until(lambda: all(_tokens(striker.strikes)[count - 1 :] for striker in self._strikers), "tokens are issued")

    def wait_for_strikes_after(self, moment: float) -> None:
        """Returns once every thread was answered to something that it asked after a moment."""
        until(lambda: all(striker.strikes[-1].sent_at > moment for striker in self._strikers), "everybody asked again")

    def tokens(self, *, sent_after: float = float("-inf")) -> list[str]:
        """The access tokens that were issued to requests sent after a moment, the newest last."""
        strikes = [strike for striker in self._strikers for strike in striker.strikes]
        return _tokens(sorted(strikes, key=lambda strike: strike.sent_at), sent_after)

    def failures(self) -> list[str]:
        """What broke, and answers that no client should ever get."""
        broken = [repr(striker.failure) for striker in self._strikers if striker.failure]
        statuses = {strike.answer.status for striker in self._strikers for strike in striker.strikes}
        return broken + [f"status {status}" for status in statuses if status >= 500 and status != 503]


def _tokens(strikes: Sequence[Strike], sent_after: float = float("-inf")) -> list[str]:
    return [
        strike.answer.json()["access_token"]
        for strike in list(strikes)
        if strike.answer.status == 200 and strike.sent_at > sent_after
    ]


def always(call: Call) -> NextCall:
    """The same request, over and over."""
    return lambda _: call


def refreshing(app: App, first: str) -> NextCall:
    """Going on with a sign-in, each time with the refresh token that the last answer gave."""
    newest = first

    def next_call(last: Answer | None) -> Call:
        nonlocal newest
        if last is not None and last.status == 200:
            newest = last.json()["refresh_token"]
        return refresh_call(app, newest)

    return next_call
