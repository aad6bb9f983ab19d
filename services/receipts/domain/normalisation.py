"""Normalises a receipt before it is stored (Receipts API, section 6.4): a few additions, and no omissions."""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from services.receipts.domain.date_time import with_colon_in_offset

DateTimes: TypeAlias = "Mapping[str, DateTimes | None]"
"""The members that contain date-times; None: the member is a date-time itself. Arrays are transparent."""

_NONE: Final[DateTimes] = {}


def normalised(receipt: Mapping[str, Any], date_times: DateTimes, *, app: str, user: str) -> dict[str, Any]:
    """The receipt as it is stored.

    Offsets get their colon, and empty strings become null. `merchant` (a copy of `seller`), `app` and `user` (the URLs
    of the sending application and of the owner) are added, unless the receipt has them.
    """
    kept = _members(receipt, date_times)
    if "seller" in kept:
        kept.setdefault("merchant", kept["seller"])
    kept.setdefault("app", app)
    kept.setdefault("user", user)
    return kept


def _members(value: Mapping[str, Any], date_times: DateTimes) -> dict[str, Any]:
    # Strings are handled inline, because each receipt has dozens of them.
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
