"""One thread's means of asking the platform through its one base URL, whatever befalls it."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from tests.chaos.history import History, Renewal
from tests.chaos.prober import BROKEN
from tests.e2e.calls import Call, ask_token, bearer, get
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
        self._signed_in_at = history.now()
        self._earlier: set[str] = set()

    def ask(self, call: Call) -> Answer | None:
        """The answer, or None if there is none: then nobody knows what became of the request.

        Whose own token is refused (401) signs in again and asks once more, as any client does.
        """
        answer = self._ask(self._with_own_token(call))
        if answer is not None and answer.status == 401 and self._shows_own_token(call):
            refused_at = self.history.now()
            if self._sign_in(refused_at):
                return self._ask(self._with_own_token(call))
            return None
        return answer

    def _ask(self, call: Call) -> Answer | None:
        try:
            return self._connection.ask(call)
        except BROKEN:
            self._connection.close()
            return None

    def _shows_own_token(self, call: Call) -> bool:
        shown = call.headers.get("Authorization", "").removeprefix("Bearer ")
        return shown == self.user.admin_token or shown in self._earlier

    def _with_own_token(self, call: Call) -> Call:
        """The call with the newest token, if it was written down with an earlier one."""
        if not self._shows_own_token(call):
            return call
        return replace(call, headers={**call.headers, **bearer(self.user.admin_token)})

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
        if time.monotonic() - self._signed_in >= _TOKEN_SECONDS:
            self._sign_in()

    def _sign_in(self, refused_at: float | None = None) -> bool:
        """Gets another token to administer with. `refused_at`: when the last one was refused, if it was."""
        client = self._description["admin_client"]
        call = ask_token(
            grant_type="password",
            username=self.user.login,
            password=self.user.password,
            scope=ADMIN_SCOPES,
            **client,
        )
        token = self.token(call)
        if token is None:
            return False
        if refused_at is not None:
            self.history.renewed(Renewal(f"of {self.user.login}", self._signed_in_at, refused_at))
        self._earlier.add(self.user.admin_token)
        self.user.admin_token = token
        self._signed_in, self._signed_in_at = time.monotonic(), self.history.now()
        return True

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
