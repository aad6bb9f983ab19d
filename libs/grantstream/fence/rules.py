"""The fence's rules by subject: the version below which a row is old, and the one below which a token is void."""

import math
from collections import deque
from typing import Final, NamedTuple

from grantstream.contracts import subjects
from grantstream.contracts.claims import RULE_LIFETIME, AccessTokenClaims, Principal
from grantstream.contracts.events.fence import PermissionChanged
from grantstream.contracts.void import VoidBelow
from grantstream.fence.rule_table import NOWHERE, RuleAges, RuleTable, second_of

MOST_NAMES: Final = 1_000
"""So many scopes and grants of a subject have bounds of their own. There are some 80; with more, one producer could
fill every process's memory, so then all the subject's tokens below the highest bound are void."""


class DatedBounds(NamedTuple):
    """Bounds, and their append time in epoch seconds."""

    at: float
    bounds: VoidBelow


class History:
    """The bounds of one subject, in the order of the log. Bounds only rise: each counts from its time on."""

    __slots__ = ("_all", "_entries")

    def __init__(self, first: DatedBounds) -> None:
        self._entries = deque([first])
        self._all = first.bounds

    def __len__(self) -> int:
        return len(self._entries)

    def covers(self, bounds: VoidBelow) -> bool:
        """Whether these bounds void no more tokens than the present ones."""
        return self._all.raised_to(bounds) == self._all

    def add(self, dated: DatedBounds, *, oldest: float) -> None:
        """Adds an entry. Entries from before `oldest` become one, so that the history does not grow."""
        self._entries.append(dated)
        self._all = _both(self._all, dated.bounds)
        while len(self._entries) > 1 and self._entries[1].at < oldest:
            first, second = self._entries.popleft(), self._entries[0]
            self._entries[0] = DatedBounds(second.at, _both(first.bounds, second.bounds))

    def is_in_force(self, at: float | None) -> bool:
        """Whether there were any bounds at `at`; None: now."""
        return at is None or any(since <= at for since, _ in self._entries)

    def voids(self, version: int, scopes: frozenset[str], grant_type: str, *, at: float | None) -> bool:
        """Whether a token issued from `version` was void at `at`; None: now."""
        if at is None or self._entries[-1].at <= at:
            return self._all.voids(version, scopes, grant_type)
        return any(since <= at and bounds.voids(version, scopes, grant_type) for since, bounds in self._entries)


def _both(left: VoidBelow, right: VoidBelow) -> VoidBelow:
    known = left.raised_to(right)
    if len(known.scopes) + len(known.grants) <= MOST_NAMES:
        return known
    return VoidBelow(version=max(known.version, *known.scopes.values(), *known.grants.values()))


class RuleBook:
    """Floors and void rules of the last `RULE_LIFETIME`, by subject.

    Memory grows with the rate of changes times that lifetime, whatever the number of tokens: about 150 bytes a rule.
    """

    def __init__(self) -> None:
        self.is_followed = False
        """Whether a process has read the log to its end once, so that a floor of 0 says something."""
        self._table = RuleTable()
        self._ages = RuleAges()
        self._histories: dict[int, History] = {}
        """By slot, the dated bounds of subjects that need more than one version."""
        self._narrowed = 0
        self._forgotten_until = 0.0

    @property
    def forgotten_until(self) -> float:
        """The newest time at which rules were forgotten, in epoch seconds; 0.0: none was.

        A token that had expired by then may have been void by a forgotten rule. It must stay expired, even if this
        process's clock is set back.
        """
        return self._forgotten_until

    def __len__(self) -> int:
        return len(self._table)

    def apply(self, change: PermissionChanged, *, offset: int, appended_at: float) -> None:
        """Applies one change. Bounds only rise, in whatever order changes of a subject come."""
        table, second = self._table, second_of(appended_at)
        slot = table.find(change.subject)
        if slot == NOWHERE:
            slot = table.add(change.subject)
            table.version[slot], table.offset[slot], table.changed_in[slot] = change.version, offset, second
        else:
            if change.version >= table.version[slot]:
                table.version[slot], table.offset[slot] = change.version, offset
            table.changed_in[slot] = max(table.changed_in[slot], second)
        if not change.void_below.is_empty:
            self._narrow(slot, change.void_below, appended_at)
        self._ages.append(second, slot)

    def _narrow(self, slot: int, bounds: VoidBelow, appended_at: float) -> None:
        table, dated = self._table, DatedBounds(appended_at, bounds)
        first, history = table.void_version[slot], self._histories.get(slot)
        if not first and history is None:
            self._narrowed += 1
            if bounds.scopes or bounds.grants:
                self._histories[slot] = History(dated)
            else:
                table.void_version[slot], table.void_since[slot] = bounds.version, appended_at
            return
        history = history or History(DatedBounds(table.void_since[slot], VoidBelow(version=first)))
        if not history.covers(bounds):
            history.add(dated, oldest=appended_at - RULE_LIFETIME.total_seconds())
            table.void_version[slot], self._histories[slot] = 0, history

    def expire(self, now: float) -> None:
        """Forgets rules that no valid token can depend on. `now`: epoch seconds, of the slower of two clocks."""
        self._forgotten_until = max(self._forgotten_until, now)
        # By whole seconds, as their ages are kept; rounded down, so that nothing is forgotten early.
        oldest = math.floor(now - RULE_LIFETIME.total_seconds())
        for slot in self._ages.pop_before(oldest):
            # Changed again since, or freed already: then its second is another one.
            if self._table.changed_in[slot] < oldest:
                self._narrowed -= bool(self._table.void_version[slot] or self._histories.pop(slot, None))
                self._table.remove(slot)

    def floor(self, subject: str) -> int:
        """The newest version of a subject on the fence; 0 if there is none."""
        slot = self._table.find(subject)
        return 0 if slot == NOWHERE else self._table.version[slot]

    def offset_of(self, subject: str, version: int) -> int | None:
        """The offset of the newest change of a subject, if that has at least `version`; else None."""
        slot = self._table.find(subject)
        return None if slot == NOWHERE or self._table.version[slot] < version else self._table.offset[slot]

    def void_subject(self, claims: AccessTokenClaims, at: float | None = None) -> str | None:
        """The subject that voids a token; None if the token is not void.

        `at`: epoch seconds of the log; only rules from up to then count. None: all rules count.
        """
        if not self._narrowed:
            return None
        return self._void_by_version(claims, at) or self._void_outright(claims, at)

    def _void_by_version(self, claims: AccessTokenClaims, at: float | None) -> str | None:
        issued_from = [(subjects.app(claims.client_id), claims.app_version)]
        if claims.company_id is not None and claims.enablement_version is not None:
            subject = subjects.enablement(claims.client_id, claims.company_id)
            issued_from.append((subject, claims.enablement_version))
        if claims.principal is Principal.USER and claims.user_version is not None:
            issued_from.append((subjects.user(claims.subject), claims.user_version))
        return next((subject for subject, version in issued_from if self._voids(subject, version, claims, at)), None)

    def _void_outright(self, claims: AccessTokenClaims, at: float | None) -> str | None:
        named = [subjects.access_token(claims.token_id), subjects.signing_key(claims.key_id)]
        if claims.grant_id is not None:
            named.append(subjects.grant(claims.grant_id))
        if claims.secret_id is not None:
            named.append(subjects.secret(claims.secret_id))
        return next((subject for subject in named if self._is_narrowed(subject, at)), None)

    def _voids(self, subject: str, version: int, claims: AccessTokenClaims, at: float | None) -> bool:
        slot = self._table.find(subject)
        if slot == NOWHERE:
            return False
        history = self._histories.get(slot)
        if history is None:
            return version < self._table.void_version[slot] and _is_in_force(self._table.void_since[slot], at)
        return history.voids(version, claims.scopes, claims.grant_type, at=at)

    def _is_narrowed(self, subject: str, at: float | None) -> bool:
        """Whether any token that names this subject is void."""
        slot = self._table.find(subject)
        if slot == NOWHERE:
            return False
        history = self._histories.get(slot)
        if history is None:
            return self._table.void_version[slot] > 0 and _is_in_force(self._table.void_since[slot], at)
        return history.is_in_force(at)


def _is_in_force(since: float, at: float | None) -> bool:
    return at is None or since <= at
