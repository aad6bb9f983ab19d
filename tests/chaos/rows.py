"""The rows of projections beside those of their owners, and beside those that a replay makes."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from tests.chaos.version_log import Table, fetch

_OWNERS: Final = {
    "app_projection": ("registration", "apps", ("app_id",)),
    "enablement_projection": ("registration", "enablements", ("app_id", "company_id")),
    "companies": ("token", "company", ("company_id",)),
    "users": ("token", "user_account", ("user_id",)),
    "known_user": ("token", "user_account", ("user_id",)),
}
"""By projection: its owner's service and table, and what identifies a row in both."""
_OWN_AFFAIR: Final = frozenset({"content_sha256"})

Row = Mapping[str, Any]


async def differences_from_owner(dsns: Mapping[str, str], table: Table) -> list[str]:
    """A line for each row that is missing, too many, or differs in a member that both have."""
    service, owner, keys = _OWNERS[table.name]
    owned = _by_key(await fetch(dsns[service], f"select * from {owner}"), keys)
    known = _by_key(await fetch(dsns[table.service], f"select * from {table.name}"), keys)
    return _compared(f"{table.service}.{table.name}", known, owned, common_only=True)


async def differences_from_replay(live: str, replayed: str, table: Table) -> list[str]:
    """The same for two databases with the same projection, of which every member must be equal."""
    keys = _OWNERS[table.name][2]
    known = _by_key(await fetch(live, f"select * from {table.name}"), keys)
    again = _by_key(await fetch(replayed, f"select * from {table.name}"), keys)
    return _compared(f"a replay of {table.service}.{table.name}", again, known, common_only=False)


def _by_key(rows: Sequence[Any], keys: Sequence[str]) -> dict[tuple[str, ...], Row]:
    return {tuple(row[key] for key in keys): _flat(dict(row)) for row in rows}


def _flat(row: dict[str, Any]) -> Row:
    """A row's members; those of a whole state that is kept as JSON are its members."""
    state = row.pop("state", None)
    return row | state if isinstance(state, dict) else row


def _compared(
    what: str, found: Mapping[tuple[str, ...], Row], wanted: Mapping[tuple[str, ...], Row], *, common_only: bool
) -> list[str]:
    lines = [f"{what} lacks {'/'.join(key)}" for key in wanted if key not in found]
    lines += [f"{what} has {'/'.join(key)}, which its source has not" for key in found if key not in wanted]
    for key in found.keys() & wanted.keys():
        lines += _members_compared(f"{what}: {'/'.join(key)}", found[key], wanted[key], common_only=common_only)
    return lines


def _members_compared(what: str, found: Row, wanted: Row, *, common_only: bool) -> Iterable[str]:
    members = (found.keys() & wanted.keys()) - _OWN_AFFAIR if common_only else found.keys() | wanted.keys()
    for name in sorted(members):
        if not _agree(_plain(found.get(name)), _plain(wanted.get(name)), common_only=common_only):
            # Digests of secrets are in here; the name says enough.
            yield f"{what} differs in {name} (versions {found['version']} and {wanted['version']})"


def _agree(found: Any, wanted: Any, *, common_only: bool) -> bool:
    """Whether two values say the same, or (`common_only`) the same where both say something: a part of a state may
    have members that are its owner's own affair."""
    if isinstance(found, Mapping) and isinstance(wanted, Mapping):
        names = found.keys() & wanted.keys() if common_only else found.keys() | wanted.keys()
        return all(_agree(found.get(name), wanted.get(name), common_only=common_only) for name in names)
    if isinstance(found, list) and isinstance(wanted, list):
        pairs = zip(found, wanted, strict=False)
        return len(found) == len(wanted) and all(_agree(*pair, common_only=common_only) for pair in pairs)
    return bool(found == wanted)


def _plain(value: Any) -> Any:
    """A value as both ways of writing it down have it: times in UTC, sets in order, nothing that is only a default."""
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value).astimezone(UTC) if value[:2] == "20" and "T" in value else value
        except ValueError:
            return value
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items() if inner not in (None, {}, [])}
    if isinstance(value, (list, tuple)):
        plain = [_plain(inner) for inner in value]
        return sorted(plain) if all(isinstance(inner, str) for inner in plain) else plain
    return value
