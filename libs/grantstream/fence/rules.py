"""What the fence tells about subjects: below which version a row is old, and below which a token is void."""

from collections import Counter

from grantstream.contracts import subjects
from grantstream.contracts.claims import RULE_LIFETIME, AccessTokenClaims, Principal
from grantstream.contracts.events.fence import PermissionChanged
from grantstream.fence.rule_table import LARGEST_VERSION, NOWHERE, RuleTable
from grantstream.fence.subject_keys import remembered_subject_key, subject_key
from grantstream.fence.told_bounds import Told


class RuleBook:
    """Floors and void rules of the last `RULE_LIFETIME`, by subject.

    Memory grows with the rate of changes times that lifetime, whatever the number of tokens.
    """

    def __init__(self) -> None:
        self._rows: dict[bytes, int] = {}
        self._table = RuleTable()
        self._kinds: Counter[str] = Counter()
        self._by_second: dict[int, list[bytes]] = {}
        self._swept_second = 0
        self._forgotten_until = 0.0

    @property
    def forgotten_until(self) -> float:
        """The newest time by which rules were forgotten, in epoch seconds; 0.0: none can have been.

        A token that had expired by then may have been void by a rule that is no more. It must stay expired, even if
        the own clock is put back.
        """
        return self._forgotten_until

    def __len__(self) -> int:
        return len(self._rows)

    def apply(self, change: PermissionChanged, *, offset: int, appended_at: float) -> None:
        """Takes in one change. In whatever order changes of a subject come, bounds only rise."""
        key, table = subject_key(change.subject), self._table
        row, version = self._rows.get(key, NOWHERE), min(change.version, LARGEST_VERSION)
        if row == NOWHERE:
            row = self._rows[key] = table.add(version, offset, appended_at)
            self._kinds[_kind_of_key(key)] += 1
            self._by_second.setdefault(int(appended_at), []).append(key)
        else:
            if version >= table.versions[row]:
                table.versions[row], table.offsets[row] = version, offset
            table.appended_at[row] = max(table.appended_at[row], appended_at)
        oldest = appended_at - RULE_LIFETIME.total_seconds()
        table.raise_bounds(row, Told(appended_at, change.void_below), oldest=oldest)

    def expire(self, now: float) -> None:
        """Forgets rules that no living token can depend on. `now`: epoch seconds, of the slower of two clocks.

        A rule is kept for up to a second longer than it must be: they are looked through once a second.
        """
        self._forgotten_until = max(self._forgotten_until, now)
        second = int(now - RULE_LIFETIME.total_seconds())
        if second == self._swept_second:
            return
        self._swept_second = second
        for old in sorted(told for told in self._by_second if told < second):
            for key in self._by_second.pop(old):
                self._forget_unless_told_again(key, second)

    def _forget_unless_told_again(self, key: bytes, second: int) -> None:
        row = self._rows[key]
        last = int(self._table.appended_at[row])
        if last >= second:
            self._by_second.setdefault(last, []).append(key)
            return
        del self._rows[key]
        self._table.remove(row)
        self._kinds[_kind_of_key(key)] -= 1

    def floor(self, subject: str) -> int:
        """The newest version of a subject that the fence told of; 0 if it told of none."""
        row = self._row(subject)
        return 0 if row == NOWHERE else self._table.versions[row]

    def offset_of(self, subject: str, version: int) -> int | None:
        """The offset by which `version` of a subject, or a newer one, was told; None if it has not been."""
        row = self._row(subject)
        return None if row == NOWHERE or self._table.versions[row] < version else self._table.offsets[row]

    def void_subject(self, claims: AccessTokenClaims, at: float | None = None) -> str | None:
        """The subject on whose account a token is void; None if it is not.

        `at`: epoch seconds of the log; only what was told by then counts, as it does for an event that was appended
        then. None: everything does.
        """
        if not self._rows:
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
            row = self._row(subject)
            if row != NOWHERE and self._table.voids(row, version, claims.scopes, claims.grant_type, at):
                return subject
        return None

    def _void_outright(self, claims: AccessTokenClaims, at: float | None) -> str | None:
        kinds = self._kinds
        named = [subjects.access_token(claims.token_id)] if kinds.get("token") else []
        if kinds.get("key"):
            named.append(subjects.signing_key(claims.key_id))
        if kinds.get("grant") and claims.grant_id is not None:
            named.append(subjects.grant(claims.grant_id))
        if kinds.get("secret") and claims.secret_id is not None:
            named.append(subjects.secret(claims.secret_id))
        for subject in named:
            row = self._row(subject)
            if row != NOWHERE and self._table.is_anything_void(row, at):
                return subject
        return None

    def _row(self, subject: str) -> int:
        return self._rows.get(remembered_subject_key(subject), NOWHERE)


def _kind_of_key(key: bytes) -> str:
    return key.partition(b"/")[0].removeprefix(b"=").decode()
