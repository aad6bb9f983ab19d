"""Date-times of receipts: ISO 8601, extended form, with at least the hour and always an offset (section 8.1).

The form that ends in Z is refused, since it would lose the time of the place where the money was spent; so is
`-00:00`, by which RFC 3339 says the same and which ISO 8601 does not allow.
"""

import re
from calendar import monthrange
from typing import Final

_DATE_TIME: Final = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)"
    r"T(?P<hour>\d\d)(?::(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d{1,9})?)?)?"
    r"(?P<sign>[+-])(?P<offset_hour>\d\d)(?::?(?P<offset_minute>\d\d))?",
    re.ASCII,
)


def exists(value: str) -> bool:
    """Whether a date-time of the right form names a day, a time of day and an offset that exist.

    True for anything of another form: the schema's pattern tells of that.
    """
    match = _DATE_TIME.fullmatch(value)
    if match is None:
        return True
    part = {name: int(text or 0) for name, text in match.groupdict().items() if name != "sign"}
    return (
        _is_day(part["year"], part["month"], part["day"])
        and part["hour"] < 24
        and part["minute"] < 60
        and part["second"] < 61  # a leap second exists
        and part["offset_hour"] < 24
        and part["offset_minute"] < 60
        and not (match["sign"] == "-" and part["offset_hour"] == part["offset_minute"] == 0)
    )


def with_colon_in_offset(value: str) -> str:
    """The same date-time with its offset as `+hh:mm` (section 6.4). Unchanged if it is no date-time."""
    match = _DATE_TIME.fullmatch(value)
    if match is None:
        return value
    return f"{value[: match.start('sign')]}{match['sign']}{match['offset_hour']}:{match['offset_minute'] or '00'}"


def _is_day(year: int, month: int, day: int) -> bool:
    return year >= 1 and 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]
