"""The rules that stand against operators: who delete the fence's records, or the topic, and create it anew."""

from typing import Any

import pytest

from grantstream.fence.known_log import KnownLog
from grantstream.guard import Guard
from tests.unit.fence.model.rules import LET_IN, rule
from tests.unit.fence.model.serving import Projection

OPERATORS: dict[str, Any] = {
    "deletions": 1.5,
    "replacements": 1.5,
    "kills": 2,
    "stops": 4,
    "changes": 14,
    "issues": 14,
    "lag": 0.3,
    "slow": 0.2,
}
FAST_CUTS: dict[str, Any] = OPERATORS | {"slow": 0.5, "slowest": 9, "deletions": 4, "replacements": 0.5, "issues": 30}
MANY_LOGS: dict[str, Any] = OPERATORS | {
    "deletions": 0.7,
    "replacements": 3,
    "stops": 8,
    "kills": 1,
    "changes": 25,
    "requests": 60,
}
LATE_ROWS: dict[str, Any] = OPERATORS | {
    "lag": 1.0,
    "longest_lag": 20,
    "issues": 60,
    "kills": 5,
    "replacements": 2,
    "length": 30,
}
LONG_STOPS: dict[str, Any] = OPERATORS | {
    "deletions": 0,
    "replacements": 4,
    "stops": 12,
    "requests": 300,
    "kills": 0.3,
    "changes": 20,
}


@rule("a token is judged only where the log reaches back to what its issuer had read", LET_IN, **OPERATORS)
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(KnownLog, "vouches_for", lambda self, position, *, issued_at: True)


@rule("... told by its place in the log, not by when it was issued", LET_IN, **FAST_CUTS)
def _(patch: pytest.MonkeyPatch) -> None:
    before_fence = Guard._refuse_before_fence

    def by_time(self: Guard, claims: Any) -> None:
        if claims.issued_at < int(self._fence.part.core.log.covers_since):  # type: ignore[attr-defined]
            before_fence(self, claims)

    patch.setattr(Guard, "_refuse_before_fence", by_time)


@rule("... and in the same log", LET_IN, **OPERATORS)
def _(patch: pytest.MonkeyPatch) -> None:
    vouches_for = KnownLog.vouches_for
    patch.setattr(
        KnownLog,
        "vouches_for",
        lambda self, position, *, issued_at: vouches_for(
            self, position and position._replace(log=self.log), issued_at=issued_at
        ),
    )


@rule(
    "nothing is in force until everybody who may read another log must have stopped",
    "answered",
    first_seed=40,
    **MANY_LOGS,
)
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(KnownLog, "knows_all_instances", lambda self, **_: True)


@rule("... unless there never was another one", "answered", first_seed=40, **MANY_LOGS)
def _(patch: pytest.MonkeyPatch) -> None:
    opened = KnownLog.opened

    def as_if_first(self: KnownLog, opening: Any) -> None:
        self.no_log_came_before()
        opened(self, opening)

    patch.setattr(KnownLog, "opened", as_if_first)


@rule("a process is current only while its log is the topic's", LET_IN, **OPERATORS)
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(KnownLog, "age", lambda self, now: 0.0)
    patch.setattr(KnownLog, "_require_same_log", lambda self, log: None)


@rule("... as it was when the broker was asked", LET_IN, first_seed=240, **LONG_STOPS)
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(KnownLog, "age", lambda self, now: 0.0)


@rule("rows lack nothing that is older than what the log covers", "old row", **LATE_ROWS)
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Projection, "is_recent", lambda self, app_id, process: True)
