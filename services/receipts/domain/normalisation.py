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
    return {
        name: _date_time(member) if name in date_times and date_times[name] is None else _tidy(member, date_times, name)
        for name, member in value.items()
    }


def _tidy(value: Any, date_times: DateTimes, name: str) -> Any:
    if value == "":
        return None
    if isinstance(value, dict):
        return _members(value, date_times.get(name) or _NONE)
    if isinstance(value, list):
        return [_tidy(item, date_times, name) if isinstance(item, (dict, list)) else item for item in value]
    return value


def _date_time(value: Any) -> Any:
    return with_colon_in_offset(value) if isinstance(value, str) else value
