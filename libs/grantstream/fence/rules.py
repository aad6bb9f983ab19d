"""What the fence tells about subjects: below which version a row is old, and below which a token is void."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from grantstream.contracts import subjects
from grantstream.contracts.claims import RULE_LIFETIME, AccessTokenClaims, Principal
from grantstream.contracts.events.fence import PermissionChanged
from grantstream.contracts.void import VoidBelow


@dataclass(slots=True)
class _Rule:
    version: int
    offset: int
    appended_at: float
    void_below: VoidBelow


class RuleBook:
    """Floors and void rules of the last `RULE_LIFETIME`, by subject.

    Memory grows with the rate of changes times that lifetime, whatever the number of tokens.
    """

    def __init__(self) -> None:
        self._rules: dict[str, _Rule] = {}
        self._void: dict[str, list[tuple[float, VoidBelow]]] = {}
        self._in_order: deque[tuple[float, str]] = deque()
        self._forgotten_until = 0.0

    @property
    def forgotten_until(self) -> float:
        """The newest time by which rules were forgotten, in epoch seconds; 0.0: none can have been.

        A token that had expired by then may have been void by a rule that is no more. It must stay expired, even if
        the own clock is put back.
        """
        return self._forgotten_until

    def __len__(self) -> int:
        return len(self._rules)

    def apply(self, change: PermissionChanged, *, offset: int, appended_at: float) -> None:
        """Takes in one change. In whatever order changes of a subject come, bounds only rise."""
        rule = self._rules.get(change.subject)
        if rule is None:
            rule = self._rules[change.subject] = _Rule(change.version, offset, appended_at, change.void_below)
        else:
            if change.version >= rule.version:
                rule.version, rule.offset = change.version, offset
            rule.appended_at = max(rule.appended_at, appended_at)
            rule.void_below = rule.void_below.raised_to(change.void_below)
        if not change.void_below.is_empty:
            self._void.setdefault(change.subject, []).append((appended_at, change.void_below))
        self._in_order.append((appended_at, change.subject))

    def expire(self, now: float) -> None:
        """Forgets rules that no living token can depend on. `now`: epoch seconds, of the slower of two clocks."""
        self._forgotten_until = max(self._forgotten_until, now)
        oldest = now - RULE_LIFETIME.total_seconds()
        while self._in_order and self._in_order[0][0] < oldest:
            _, subject = self._in_order.popleft()
            rule = self._rules.get(subject)
            if rule is not None and rule.appended_at < oldest:
                del self._rules[subject]
                self._void.pop(subject, None)

    def floor(self, subject: str) -> int:
        """The newest version of a subject that the fence told of; 0 if it told of none."""
        rule = self._rules.get(subject)
        return 0 if rule is None else rule.version

    def offset_of(self, subject: str, version: int) -> int | None:
        """The offset by which `version` of a subject, or a newer one, was told; None if it has not been."""
        rule = self._rules.get(subject)
        return None if rule is None or rule.version < version else rule.offset

    def void_subject(self, claims: AccessTokenClaims, at: float | None = None) -> str | None:
        """The subject on whose account a token is void; None if it is not.

        `at`: epoch seconds of the log; only what was told by then counts. None: everything does.
        """
        if not self._void:
            return None
        return self._void_by_version(claims, at) or self._void_outright(claims, at)

    def _void_by_version(self, claims: AccessTokenClaims, at: float | None) -> str | None:
        issued_from = [(subjects.app(claims.client_id), claims.app_version)]
        if claims.company_id is not None and claims.enablement_version is not None:
            subject = subjects.enablement(claims.client_id, claims.company_id)
            issued_from.append((subject, claims.enablement_version))
        if claims.principal is Principal.USER and claims.user_version is not None:
            issued_from.append((subjects.user(claims.subject), claims.user_version))
        for subject, version in issued_from:
            if any(bounds.voids(version, claims.scopes, claims.grant_type) for bounds in self._told(subject, at)):
                return subject
        return None

    def _void_outright(self, claims: AccessTokenClaims, at: float | None) -> str | None:
        named = [subjects.access_token(claims.token_id), subjects.signing_key(claims.key_id)]
        if claims.grant_id is not None:
            named.append(subjects.grant(claims.grant_id))
        if claims.secret_id is not None:
            named.append(subjects.secret(claims.secret_id))
        return next((subject for subject in named if any(self._told(subject, at))), None)

    def _told(self, subject: str, at: float | None) -> Iterator[VoidBelow]:
        history = self._void.get(subject, ())
        return (bounds for told_at, bounds in history if at is None or told_at <= at)
