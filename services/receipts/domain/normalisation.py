"""How a receipt is kept (Receipts API, section 6.4): what was sent, with little added and nothing dropped."""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from services.receipts.domain.date_time import with_colon_in_offset

DateTimes: TypeAlias = "Mapping[str, DateTimes | None]"
"""The members that lead to date-times: None for one that is a date-time itself. Arrays are passed through."""

_NONE: Final[DateTimes] = {}


def normalised(receipt: Mapping[str, Any], date_times: DateTimes, *, app: str, user: str) -> dict[str, Any]:
    """The receipt as it is kept.

    Offsets get their colon, an empty string becomes null, `merchant` is a copy of `seller`, and `app` and `user` (the
    URLs of who sent it and of whom it belongs to) are added; a member that was sent is never replaced.
    """
    kept = _members(receipt, date_times)
    if "seller" in kept:
        kept.setdefault("merchant", kept["seller"])
    kept.setdefault("app", app)
    kept.setdefault("user", user)
    return kept


def _members(value: Mapping[str, Any], date_times: DateTimes) -> dict[str, Any]:
    # Each receipt has dozens of strings, so these are dealt with here rather than by a call for each.
    kept = dict(value)
    for name, member in value.items():
        if isinstance(member, str):
            if not member:
                kept[name] = None
            elif name in date_times and date_times[name] is None:
                kept[name] = with_colon_in_offset(member)
        elif isinstance(member, dict):
            kept[name] = _members(member, date_times.get(name) or _NONE)
        elif isinstance(member, list):
            kept[name] = _items(member, date_times.get(name) or _NONE)
    return kept


def _items(items: list[Any], date_times: DateTimes) -> list[Any]:
    return [
        _members(item, date_times)
        if isinstance(item, dict)
        else _items(item, date_times)
        if isinstance(item, list)
        else item
        for item in items
    ]
