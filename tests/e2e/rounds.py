"""One change after another, each asked about in every process the moment it is answered.

A round takes a permission away, counts who still goes by it, gives it back, and counts who does not know that yet.
Tests and the benchmark use the same rounds.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.e2e.calls import Call
from tests.e2e.client import Answer
from tests.e2e.everywhere import Everywhere
from tests.e2e.stage import App, Stage, User, own_call, password_call


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one round. `seconds`: until the narrowing was answered. `promised`: by 200, in effect everywhere."""

    seconds: float
    promised: bool
    violations: list[str]


@dataclass(slots=True)
class Rounds:
    """What all rounds need."""

    stage: Stage
    everywhere: Everywhere
    admin: User
    app: App

    def disable(self) -> Outcome:
        """The company takes its permission from the application, and gives it again."""
        return self._taken_and_given(
            lambda: self.stage.set_enabled(self.admin, self.app, False),
            lambda: self.stage.set_enabled(self.admin, self.app, True),
            password_call(self.app, self.admin),
        )

    def deactivate_app(self) -> Outcome:
        """The owner switches the application off, and on again: for its own token."""
        return self._taken_and_given(
            lambda: self.stage.modify(self.admin, self.app, active=False),
            lambda: self.stage.modify(self.admin, self.app, active=True),
            own_call(self.app),
        )

    def deactivate(self, user: User) -> Outcome:
        """The administrator ends a user, and lets them in again."""
        return self._taken_and_given(
            lambda: self.stage.modify_user(self.admin, user, active=False),
            lambda: self.stage.modify_user(self.admin, user, active=True),
            password_call(self.app, user),
        )

    def take_scope(self, kept: str, taken: str) -> Outcome:
        """One of two scopes is taken from the application, and given again."""
        return self._taken_and_given(
            lambda: self.stage.modify(self.admin, self.app, scopes=[kept]),
            lambda: self.stage.modify(self.admin, self.app, scopes=[kept, taken]),
            password_call(self.app, self.admin, taken),
        )

    def rotate(self) -> Outcome:
        """The secret is replaced: the old one is refused, the new one taken, in every token process."""
        old = own_call(self.app)
        answer, seconds = _timed(lambda: self.stage.new_secret(self.admin, self.app))
        violations = self.everywhere.minting(old) if answer.status == 200 else []
        self.stage.settled(answer, self.admin.admin_token)
        violations += self.everywhere.minted(own_call(self.app))[1]
        return Outcome(seconds, answer.status == 200, violations)

    def _taken_and_given(self, take: Callable[[], Answer], give: Callable[[], Answer], mint: Call) -> Outcome:
        tokens, violations = self.everywhere.minted(mint)
        violations += [told for token in tokens for told in self.everywhere.refusing(token)]
        answer, seconds = _timed(take)
        promised = answer.status == 200
        if promised:
            violations += [f"{told} let a token in" for token in tokens for told in self.everywhere.accepting(token)]
            violations += self.everywhere.minting(mint)
        for changed in (answer, give()):
            self.stage.settled(changed, self.admin.admin_token).expect(200, 202)
        return Outcome(seconds, promised, violations)


def _timed(change: Callable[[], Answer]) -> tuple[Answer, float]:
    began = time.perf_counter()
    answer = change()
    return answer, time.perf_counter() - began
