"""Date-times of receipts: ISO 8601, extended form, with at least the hour and always an offset (section 8.1).

A date-time that ends in Z is refused, because it lacks the local time of the purchase; so is `-00:00`, which means the
same in RFC 3339, and which ISO 8601 does not allow.
"""

import re
from calendar import monthrange
from typing import Final

_DATE_TIME: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"T(\d\d)(?::(\d\d)(?::(\d\d)(?:[.,]\d{1,9})?)?)?"
    r"([+-])(\d\d)(?::?(\d\d))?",
    re.ASCII,
)
_SIGN: Final = 7
"""The group of the offset's sign; its hours and minutes follow."""


def exists(value: str) -> bool:
    """Whether a date-time of the right form has a day, a time of day and an offset that exist.

    True for a value of another form: the schema's pattern refuses that.
    """
    match = _DATE_TIME.fullmatch(value)
    if match is None:
        return True
    year, month, day, hour, minute, second, sign, offset_hour, offset_minute = match.groups("00")
    # Two digits compare as texts like the numbers.
    return (
        _is_day(year, month, day)
        and hour < "24"
        and minute < "60"
        and second < "61"  # a leap second exists
        and offset_hour < "24"
        and offset_minute < "60"
        and (sign, offset_hour, offset_minute) != ("-", "00", "00")
    )


def with_colon_in_offset(value: str) -> str:
    """The same date-time with its offset as `+hh:mm` (section 6.4). Unchanged if it is no date-time."""
    match = _DATE_TIME.fullmatch(value)
    if match is None:
        return value
    sign, hours, minutes = match.group(_SIGN, _SIGN + 1, _SIGN + 2)
    return f"{value[: match.start(_SIGN)]}{sign}{hours}:{minutes or '00'}"


def _is_day(year: str, month: str, day: str) -> bool:
    if year == "0000" or not "01" <= month <= "12":
        return False
    return "01" <= day <= "28" or 28 < int(day) <= monthrange(int(year), int(month))[1]
