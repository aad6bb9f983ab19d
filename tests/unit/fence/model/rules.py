"""The rules of the fence, one by one: how to leave each out of the real code, and in which weather that shows soonest.

Leaving a rule out must break a promise within the schedules of a run (test_rules.py); that is what makes
it a rule. What can be left out without harm is none, and has no place in the code.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from grantstream.contracts.claims import MAX_TOKEN_LIFETIME
from grantstream.fence import FenceSettings, RuleBook, connection, known_log, rules
from grantstream.fence.core import FenceCore
from grantstream.fence.freshness import Freshness
from grantstream.fence.instances import Instances
from grantstream.fence.participant import Participant
from grantstream.fence.rule_table import NOWHERE
from grantstream.guard import Guard
from grantstream.guard.fence_judge import FenceJudge
from services.token.use_cases.issue_token import IssueToken
from tests.unit.fence.model import process
from tests.unit.fence.model.log import Faults
from tests.unit.fence.model.schedule import Weather

LeaveOut = Callable[[pytest.MonkeyPatch], None]
LET_IN = "answered", "forgotten"
RULES: dict[str, "Rule"] = {}
NO_FAULTS = Faults()
CUT_OFF: dict[str, Any] = {"elections": 3, "quick_to_learn": 0.3, "misled": 0.95, "changes": 20}
HOURS: dict[str, Any] = {
    "staleness": 200,
    "length": 220,
    "changes": 5,
    "last_change": 0.15,
    "requests": 10,
    "issues": 10,
    "stops": 4,
    "lag": 0.8,
    "slow": 0.5,
    "slowest": 9,
}
MANY_MINTS = HOURS | {"kinds": ("http", "token", "token", "token")}
SLOW_READERS: dict[str, Any] = {"slow": 0.5, "slowest": 9, "changes": 8, "stops": 6, "longest_stop": 12}


@dataclass(frozen=True)
class Rule:
    """`promise`: how the text of the broken promise begins. `weather`: in which leaving it out shows soon.

    `first_seed`: of the schedules played, for a rule that few of them need.
    """

    leave_out: LeaveOut
    promise: str
    weather: Weather
    first_seed: int = 1


def rule(text: str, promise: str, *, first_seed: int = 1, **weather: Any) -> Callable[[LeaveOut], LeaveOut]:
    def register(leave_out: LeaveOut) -> LeaveOut:
        RULES[text] = Rule(leave_out, promise, Weather(**weather), first_seed)
        return leave_out

    return register


# Being current.
@rule("a proof is dated by the sending of one's word, not by the reading back", "answered", stops=6, changes=14)
def _(patch: pytest.MonkeyPatch) -> None:
    told = FenceCore._note

    def note(self: FenceCore, event: Any, record: Any, *, now: float) -> None:
        told(self, event, record, now=now)
        if event.instance_id == self.identity.instance_id:
            self._freshness.proven_at = now

    patch.setattr(FenceCore, "_note", note)


@rule("an own word proves something once it has been read back, not when it is sent", "answered", stops=6, changes=14)
def _(patch: pytest.MonkeyPatch) -> None:
    sent = Freshness.sent

    def send(self: Freshness, sequence: int, *, now: float, wall: float) -> None:
        sent(self, sequence, now=now, wall=wall)
        self.proven_at = now

    patch.setattr(Freshness, "sent", send)


@rule("nobody serves before the first proof", "forgotten", kills=3, leaves=3, slow=0.5)
def _(patch: pytest.MonkeyPatch) -> None:
    age = Freshness.age
    patch.setattr(process.SimulatedProcess, "time_of_day", process.SimulatedProcess.wall)
    patch.setattr(Freshness, "age", lambda self, now: 0.0 if self.proven_at is None else age(self, now))


@rule("nobody whose proof is older than max_staleness serves", "answered", stops=6, changes=14)
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(FenceCore, "is_fresh", lambda self, now: self._freshness.proven_at is not None)


@rule("a word counts once all brokers in sync have it (acks=all)", "answered", elections=3, quick_to_learn=0.3)
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(connection, "ACKS", 1)


@rule("a token is held against the rules before freshness is asked for", "answered", hesitation=0.1, changes=14)
def _(patch: pytest.MonkeyPatch) -> None:
    void, stale = Guard._refuse_void, Guard._refuse_stale

    def both(self: Guard, claims: Any) -> None:
        stale(self)
        void(self, claims)

    patch.setattr(Guard, "_refuse_void", both)
    patch.setattr(Guard, "_refuse_stale", lambda self: None)


@rule("a connection by which nothing comes back is opened anew", "never fresh", elections=3, quick_to_learn=0.0)
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Participant, "is_stalled", lambda self, *, now: False)


@rule("a process speaks now and then though nothing has changed", "never fresh")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        FenceCore,
        "reached_due_at",
        lambda self: self._last_sent + (self._settings.coalescing if self._unreported_change else 1e9),
    )


@rule(
    "an observer is as old as the newest record that it has read",
    "late observer",
    kinds=("http", "observer"),
    slow=1,
    wall_error=2,
    broker_clock=2,
)
def _(patch: pytest.MonkeyPatch) -> None:
    def observed(self: Freshness, *, appended_at: float, now: float, wall: float) -> None:
        self.proven_at = now

    patch.setattr(Freshness, "observed", observed)


# Waiting for all.
@rule("an answer waits for every live instance", "answered", changes=14)
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Instances, "behind", lambda self, offset, **_: ())


@rule("an instance is gone only after max_staleness", "answered", stops=6, changes=14)
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(FenceSettings, "gone_after", lambda self, reported=None: self.max_staleness * 0.75)


@rule("... and a little more, since clocks run at different rates", "answered", speedy=1, **CUT_OFF)
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(FenceSettings, "gone_after", lambda self, reported=None: max(self.max_staleness, reported or 0))


@rule("... and by the silent one's max_staleness, if that is longer", "answered", uneven=0.5, stops=6, changes=14)
def _(patch: pytest.MonkeyPatch) -> None:
    gone_after = FenceSettings.gone_after
    patch.setattr(FenceSettings, "gone_after", lambda self, reported=None: gone_after(self))


@rule("... after the waiter read its last record, not after that was appended", "answered", **SLOW_READERS)
def _(patch: pytest.MonkeyPatch) -> None:
    apply_report = FenceCore.apply_report

    def dated(self: FenceCore, report: Any, *, read_at: float, now: float, wall: float) -> None:
        apply_report(self, report, read_at=read_at - max(0.0, wall - report.appended_at), now=now, wall=wall)

    patch.setattr(FenceCore, "apply_report", dated)


@rule(
    "nobody knows who is there while a word from before a change is put aside",
    "answered",
    first_seed=750,
    kills=4,
    changes=14,
)
def _(patch: pytest.MonkeyPatch) -> None:
    def status(self: process.SimulatedProcess, subject: str, version: int) -> Any:
        return self.part.core.status(subject, version, now=self.boot())

    patch.setattr(process.SimulatedProcess, "status", status)


@rule(
    "whoever starts does not wait for those who died long ago",
    "held up",
    kills=4,
    leaves=0,
    length=80,
    faults=NO_FAULTS,
)
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Instances, "forget_ended", lambda self, *, at, settings: None)


@rule("... with a tolerance for brokers' clocks that differ", "answered", kills=4, elections=4, changes=20)
def _(patch: pytest.MonkeyPatch) -> None:
    forget = Instances.forget_ended
    patch.setattr(
        Instances, "forget_ended", lambda self, *, at, settings: forget(self, at=at + 30.0, settings=settings)
    )


@rule("nobody speaks before having caught up", "held up", kills=3, leaves=3, slow=0.5)
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Participant, "may_report", property(lambda self: not self._leaving))


@rule("nothing follows the goodbye", "held up", leaves=4, changes=14, faults=NO_FAULTS)
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Participant, "may_report", property(lambda self: self._caught_up))


@rule(
    "only what an instance says for the first time counts",
    "held up",
    leaves=4,
    changes=14,
    faults=Faults(late=0.3, twice=0.5),
)
def _(patch: pytest.MonkeyPatch) -> None:
    note = Instances.note

    def forgetful(self: Instances, record: Any, *, now: float, appended_at: float) -> None:
        self._newest.clear()
        note(self, record, now=now, appended_at=appended_at)

    patch.setattr(Instances, "note", forgetful)


@rule("nobody serves after the goodbye", "answered", leaves=4, changes=14)
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Participant, "is_fresh", lambda self, *, now: self.core.is_fresh(now))


# What is void, and which rows are old.
@rule("void is told by version, not by time", "good token", changes=14, issues=14)
def _(patch: pytest.MonkeyPatch) -> None:
    apply = RuleBook.apply
    void_since: dict[tuple[int, str], float] = {}

    def noting(self: RuleBook, change: Any, *, offset: int, appended_at: float) -> None:
        apply(self, change, offset=offset, appended_at=appended_at)
        if not change.void_below.is_empty:
            void_since[id(self), change.subject] = appended_at

    def void_subject(self: RuleBook, claims: Any, at: float | None = None) -> str | None:
        subject = f"app/{claims.client_id}"
        return subject if claims.issued_at < void_since.get((id(self), subject), 0.0) else None

    patch.setattr(RuleBook, "apply", noting)
    patch.setattr(RuleBook, "void_subject", void_subject)


@rule("a bound that was set is never lowered", LET_IN, changes=14, faults=Faults(late=0.1, twice=0.5))
def _(patch: pytest.MonkeyPatch) -> None:
    apply = RuleBook.apply

    def newest_wins(self: RuleBook, change: Any, *, offset: int, appended_at: float) -> None:
        slot = self._table.find(change.subject)
        if slot != NOWHERE:
            self._table.void_version[slot] = 0
            self._histories.pop(slot, None)
        apply(self, change, offset=offset, appended_at=appended_at)

    patch.setattr(RuleBook, "apply", newest_wins)


@rule(
    "a floor is never lowered",
    "old row",
    first_seed=300,
    changes=14,
    issues=20,
    lag=0.5,
    faults=Faults(late=0.1, twice=0.5),
)
def _(patch: pytest.MonkeyPatch) -> None:
    apply = RuleBook.apply

    def newest_wins(self: RuleBook, change: Any, *, offset: int, appended_at: float) -> None:
        apply(self, change, offset=offset, appended_at=appended_at)
        self._table.version[self._table.find(change.subject)] = change.version

    patch.setattr(RuleBook, "apply", newest_wins)


@rule("a row below the floor is not used", "old row", lag=0.5, issues=14)
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(RuleBook, "floor", lambda self, subject: 0)


@rule("whoever is not current issues no token", "old row", first_seed=280, stops=6, lag=0.5, issues=20, changes=14)
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(IssueToken, "_require_certainty", lambda self: None)


@rule("a record whose key is not known yet is judged again", "forgotten", new_keys=2, kills=3)
def _(patch: pytest.MonkeyPatch) -> None:
    async def judge(self: FenceJudge, raw: Any) -> Any:
        try:
            return self._read(raw)
        except Exception:
            return None

    patch.setattr(FenceJudge, "judge", judge)


@rule("a record that can't be judged now is read again, and nothing after it before", LET_IN, new_keys=2, kills=3)
def _(patch: pytest.MonkeyPatch) -> None:
    judge = FenceJudge.judge

    async def passed_over(self: FenceJudge, raw: Any) -> Any:
        try:
            return await judge(self, raw)
        except TimeoutError:
            return None

    patch.setattr(FenceJudge, "judge", passed_over)


@rule("a place that the log does not have any more ends the process", "never fresh", deletions=3, stops=6)
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(process, "resume_offset", lambda after, *, beginning, end: after + 1)


# For how long.
@rule("a rule is kept as long as a token that it voids can live, tolerances included", LET_IN, **MANY_MINTS)
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(rules, "RULE_LIFETIME", MAX_TOKEN_LIFETIME)


@rule("... and the longest max_staleness", LET_IN, **MANY_MINTS | {"staleness": 800, "length": 60})
def _(patch: pytest.MonkeyPatch) -> None:
    said = FenceCore.next_reached

    def next_reached(self: FenceCore, **given: Any) -> Any:
        # No word can say so much; whoever reads it must not depend on that.
        real, self._settings = self._settings, replace(self._settings, max_staleness=300)
        word = said(self, **given)
        self._settings = real
        return word.model_copy(update={"max_staleness": real.max_staleness})

    patch.setattr(FenceSettings, "__post_init__", lambda self: None)
    patch.setattr(FenceCore, "next_reached", next_reached)


@rule("rules are forgotten by the slower of two clocks", "good token", clock_steps=8, **HOURS)
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(FenceCore, "forget", lambda self, *, wall: self.rules.expire(wall))


@rule("what had expired when rules were forgotten stays expired", LET_IN, clock_steps=8, **HOURS)
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(RuleBook, "forgotten_until", 0.0)


@rule("whoever starts reads back as far as a rule lives", LET_IN, kills=4, **HOURS)
def _(patch: pytest.MonkeyPatch) -> None:
    oldest = known_log.oldest_that_matters
    patch.setattr(process, "oldest_that_matters", lambda *, wall, log_time: oldest(wall=wall, log_time=log_time) + 1800)


@rule("... by the slower of two clocks", LET_IN, kills=4, wrong_start=0.5, clock_steps=8, **HOURS)
def _(patch: pytest.MonkeyPatch) -> None:
    oldest = known_log.oldest_that_matters
    patch.setattr(process, "oldest_that_matters", lambda *, wall, log_time: oldest(wall=wall, log_time=wall))


@rule("a process whose clock is wrong issues no token", LET_IN, wrong_start=0.6, clock_steps=4, **HOURS)
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(FenceCore, "may_mint", FenceCore.is_fresh)


@rule("... and dates none by a clock that was put forward", LET_IN, clock_steps=40, **MANY_MINTS)
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(process.SimulatedProcess, "time_of_day", process.SimulatedProcess.wall)


@rule("a token is dated by the time before its state was read", LET_IN, hesitation=0.1, **MANY_MINTS)
def _(patch: pytest.MonkeyPatch) -> None:
    mint = IssueToken._mint

    def late(self: IssueToken, asking: Any, *rest: Any) -> Any:
        return mint(self, asking._replace(issued_at=self.now()), *rest)

    patch.setattr(IssueToken, "_mint", late)
