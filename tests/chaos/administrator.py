"""Somebody who gives permissions and takes them away without pause, and asks everybody after each answer."""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from grantstream.contracts import subjects
from tests.chaos.prober import Prober
from tests.chaos.session import Done, Session
from tests.chaos.withdrawn import Bag, Withdrawn, withdrawn_grounds, withdrawn_token
from tests.e2e.calls import Call, delete, send_json
from tests.e2e.stage import ALL_GRANTS, App, User, enabling, new_secret_call, own_call, password_call

SCOPES = ["receipts.writeonly", "receipts.read"]


@dataclass(slots=True)
class Administrator:
    """Acts for one company, on an application and a user of its own."""

    name: str
    session: Session
    prober: Prober
    bag: Bag
    app: App
    user: User
    rng: random.Random
    stop: threading.Event
    pause: float
    made: int = field(default=0)

    def run(self) -> None:
        """One change after another until everything ends."""
        acts: list[Callable[[], None]] = [
            *([self.disable] * 3),
            *([self.rotate] * 3),
            self.deactivate_app,
            self.take_scope,
            *([self.deactivate_user] * 3),
            self.register_and_delete,
        ]
        try:
            while not self.stop.is_set():
                self.session.keep_signed_in()
                self.rng.choice(acts)()
                self.stop.wait(self.rng.uniform(0, 2 * self.pause))
        finally:
            self.prober.close()
            self.session.close()

    def disable(self) -> None:
        """The company takes its permission from the application, and gives it again."""
        admin, subject = self.session.user, subjects.enablement(self.app.app_id, self.session.user.company_id)
        self._taken_and_given(
            "disable", subject, enabling(admin, self.app, False), enabling(admin, self.app, True), self._for_user()
        )

    def deactivate_app(self) -> None:
        """The application is switched off and on."""
        off, on = self._modify(active=False), self._modify(active=True)
        self._taken_and_given("deactivate app", subjects.app(self.app.app_id), off, on, own_call(self.app))

    def take_scope(self) -> None:
        """One of two scopes is taken from the application, and given again."""
        taken, all_again = self._modify(scopes=SCOPES[1:]), self._modify(scopes=SCOPES)
        call = password_call(self.app, self.session.user, SCOPES[0])
        self._taken_and_given("take scope", subjects.app(self.app.app_id), taken, all_again, call)

    def deactivate_user(self) -> None:
        """A user is locked out and let in again."""
        path = f"/companies/{self.user.company_id}/users/{self.user.user_id}"
        off, on = (send_json("PATCH", path, self.session.user.admin_token, {"active": on}) for on in (False, True))
        self._taken_and_given(
            "deactivate user", subjects.user(self.user.user_id), off, on, password_call(self.app, self.user)
        )

    def rotate(self) -> None:
        """The application gets a new secret; the old one ends."""
        old, subject = own_call(self.app), subjects.app(self.app.app_id)
        order = new_secret_call(self.session.user, self.app)
        # If the first answer is lost the new secret is too, so that only another one helps.
        done = self.session.insist("rotate", subject, order)
        if done is None:
            return
        self.app.secret = done.answer.json()["value"]
        self._ask_everybody(done, withdrawn_grounds(f"{self.name}: a secret before version {done.version}", old))

    def register_and_delete(self) -> None:
        """A new application works, and a deleted one never again."""
        admin = self.session.user
        body = {"name": "Chaos", "scopes": SCOPES, "allowedGrants": list(ALL_GRANTS)}
        made = self.session.order("register", "", send_json("POST", "/app-mgmt/v4/apps", admin.admin_token, body))
        if made is None:
            return
        told = made.answer.json()
        app = App(told["appId"], told["secret"]["value"])
        subject = subjects.app(app.app_id)
        self.session.history.changed("register", subject, made.version, made.answer.status)
        if not self.session.is_in_effect(made) or self.rng.random() < 0.5:
            return
        token = self.session.token(own_call(app))
        gone = self.session.order("delete", subject, delete(f"/app-mgmt/v4/apps/{app.app_id}", admin.admin_token))
        if gone is not None:
            self._after(gone, f"{self.name}: delete of {app.app_id}", token, own_call(app))

    def _taken_and_given(self, kind: str, subject: str, take: Call, give: Call, mint: Call) -> None:
        token = self.session.token(mint)
        done = self.session.order(kind, subject, take)
        if done is not None:
            self._after(done, f"{self.name}: {kind} at version {done.version}", token, mint)
        given = self.session.insist(f"undo {kind}", subject, give)
        if given is not None:
            self.session.is_in_effect(given)

    def _after(self, done: Done, what: str, token: str | None, mint: Call) -> None:
        """Nobody takes the token, and nobody gives one on these grounds (which may be given back later)."""
        if token is not None:
            self._ask_everybody(done, withdrawn_token(what, token))
        grounds = withdrawn_grounds(f"{what}, minting", mint)
        if self.session.is_in_effect(done):
            self.prober.ask(grounds.calls, grounds.keeps_promise, grounds.what, for_ever=False)

    def _ask_everybody(self, done: Done, entry: Withdrawn) -> None:
        if self.session.is_in_effect(done):
            self.prober.ask(entry.calls, entry.keeps_promise, entry.what)
            self.bag.add(entry)
            self.made += 1

    def _for_user(self) -> Call:
        return password_call(self.app, self.session.user)

    def _modify(self, **fields: object) -> Call:
        return send_json("PATCH", f"/app-mgmt/v4/apps/{self.app.app_id}", self.session.user.admin_token, fields)
