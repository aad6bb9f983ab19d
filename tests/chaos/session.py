"""One thread's means of asking the platform through its one base URL, whatever befalls it."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.chaos.history import History
from tests.chaos.prober import BROKEN
from tests.e2e.calls import Call, ask_token, get
from tests.e2e.client import Answer, Connection
from tests.e2e.secrets_seen import SecretsSeen
from tests.e2e.stage import ADMIN_SCOPES, User

_PAUSE = 0.25
_REACHED_WITHIN = 150.0
_TOKEN_SECONDS = 1200.0
_UNKNOWN_IF_ABOVE = 500


@dataclass(frozen=True, slots=True)
class Done:
    """An order that was answered. `version`: what its subject came to be known by; 0 if the answer tells none."""

    answer: Answer
    version: int

    @property
    def promised(self) -> bool:
        """Whether the answer itself says that no process goes by the old state."""
        return self.answer.status != 202


class Session:
    """Asks as one user. `stop` ends every wait."""

    def __init__(
        self, description: Mapping[str, Any], seen: SecretsSeen, user: User, history: History, stop: threading.Event
    ) -> None:
        self.user = user
        self.history = history
        self._description = description
        self._connection = Connection(description["base"], seen, timeout=30.0)
        self._stop = stop
        self._signed_in = time.monotonic()

    def ask(self, call: Call) -> Answer | None:
        """The answer, or None if there is none: then nobody knows what became of the request."""
        try:
            return self._connection.ask(call)
        except BROKEN:
            self._connection.close()
            return None

    def order(self, kind: str, subject: str, call: Call) -> Done | None:
        """Asks for a change, once. None: it is not known whether it was made.

        Without a subject (the answer alone names it) it is for the caller to note down.
        """
        answer = self.ask(call)
        if answer is None or answer.status >= _UNKNOWN_IF_ABOVE:
            self.history.not_answered()
            return None
        if not 200 <= answer.status < 300:
            path = call.path.partition("?")[0]
            self.history.found_odd(f"{kind}: {call.method} {path} answered {answer.status} {answer.body[:200]!r}")
            return None
        done = Done(answer, _version(answer))
        if done.version and subject:
            self.history.changed(kind, subject, done.version, answer.status)
        return done

    def insist(self, kind: str, subject: str, call: Call) -> Done | None:
        """Asks for a change until it is answered; None only when everything ends."""
        while not self._stop.is_set():
            if (done := self.order(kind, subject, call)) is not None:
                return done
            self._stop.wait(_PAUSE)
        return None

    def is_in_effect(self, done: Done) -> bool:
        """Waits until a change is in effect everywhere. False when everything ends."""
        if done.promised:
            return True
        deadline = time.monotonic() + _REACHED_WITHIN
        where = done.answer.headers["Location"]
        while not self._stop.is_set():
            answer = self.ask(get(where, self.user.admin_token))
            if answer is not None and answer.status == 200 and answer.json()["reached"]:
                return True
            if time.monotonic() > deadline:
                self.history.violated(f"{where} was not reached within {_REACHED_WITHIN:.0f} s")
                return False
            self._stop.wait(_PAUSE)
        return False

    def token(self, call: Call) -> str | None:
        """The token that a request for one gives, if it does."""
        answer = self.ask(call)
        if answer is None or answer.status != 200:
            return None
        token: str = answer.json()["access_token"]
        return token

    def keep_signed_in(self) -> None:
        """Signs in anew in good time before the token ends."""
        if time.monotonic() - self._signed_in < _TOKEN_SECONDS:
            return
        client = self._description["admin_client"]
        call = ask_token(
            grant_type="password",
            username=self.user.login,
            password=self.user.password,
            scope=ADMIN_SCOPES,
            **client,
        )
        if (token := self.token(call)) is not None:
            self.user.admin_token = token
            self._signed_in = time.monotonic()

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()


def _version(answer: Answer) -> int:
    """What the entity tag says, or else the body."""
    tag = answer.headers.get("ETag", "").strip('"')
    if tag.isdigit():
        return int(tag)
    content = answer.json() if answer.body.startswith(b"{") else {}
    version = content.get("version", 0)
    return version if isinstance(version, int) else 0
