"""A partner whose permissions never change, and who expects every request to work while only one broker is away."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from grantstream.contracts import subjects
from tests.chaos.history import Renewal, Request
from tests.chaos.session import Session
from tests.e2e.calls import Call, get, post_receipt, send_json
from tests.e2e.client import Answer
from tests.e2e.stage import App, password_call

_TOKEN_SECONDS = 600.0


@dataclass(slots=True)
class Bystander:
    """Posts receipts, reads, asks for tokens and now and then changes a description.

    Of another application than the one it acts with: until a change is known to the token service, no token is given
    on the grounds of the row from before it.
    """

    session: Session
    app: App
    described: App
    rng: random.Random
    stop: threading.Event
    pause: float
    receipts: list[str] = field(default_factory=list)
    """The ids of all receipts that were answered."""
    _token: str = ""
    _token_until: float = 0.0
    _given_at: float = 0.0

    def run(self) -> None:
        """One request after another until everything ends."""
        acts: list[Callable[[], None]] = [*([self.post] * 4), self.read, self.mint, self.describe]
        try:
            while not self.stop.is_set():
                self.session.keep_signed_in()
                if time.monotonic() > self._token_until:
                    self.mint()
                else:
                    self.rng.choice(acts)()
                self.stop.wait(self.rng.uniform(0, 2 * self.pause))
        finally:
            self.session.close()

    def mint(self) -> None:
        """A new token, used from now on."""
        answer = self._ask("mint", password_call(self.app, self.session.user))
        if answer is not None and answer.status == 200:
            self._token = answer.json()["access_token"]
            self._token_until = time.monotonic() + _TOKEN_SECONDS
            self._given_at = self.session.history.now()

    def post(self) -> None:
        """A receipt."""
        answer = self._with_token("post receipt", post_receipt(self._token, self.session.user.user_id))
        if answer is not None and answer.status == 201:
            self.receipts.append(answer.headers["Location"].rsplit("/", 1)[-1])

    def read(self) -> None:
        """The list of schemas."""
        self._with_token("read", get("/receipts/schemas", self._token))

    def describe(self) -> None:
        """A change that takes nothing from anybody."""
        path = f"/app-mgmt/v4/apps/{self.described.app_id}"
        told = {"description": f"told at {time.monotonic():.3f}"}
        answer = self._ask("describe", send_json("PATCH", path, self.session.user.admin_token, told))
        if answer is not None and answer.status in (200, 202):
            version = int(answer.headers["ETag"].strip('"'))
            self.session.history.changed("describe", subjects.app(self.described.app_id), version, answer.status)

    def _with_token(self, what: str, call: Call) -> Answer | None:
        """Asks; a refused token is used no more."""
        answer = self._ask(what, call)
        if answer is not None and answer.status == 401:
            self.session.history.renewed(Renewal("of the bystander", self._given_at, self.session.history.now()))
            self._token_until = 0.0
        return answer

    def _ask(self, what: str, call: Call) -> Answer | None:
        sent_at = self.session.history.now()
        answer = self.session.ask(call)
        status = 0 if answer is None else answer.status
        self.session.history.asked(Request(sent_at, self.session.history.now(), what, status))
        return answer
