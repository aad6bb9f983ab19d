"""JSON as it may stand in a token: one reading only.

Python's parser takes the last of two equal keys, accepts NaN, and guesses UTF-16; another parser might not, and a
token that two parsers read differently is a way around one of them (RFC 8725, section 2.4; RFC 7515, section 4).
"""

import json
from typing import Any, Final, NoReturn

from grantstream.guard.errors import TokenRefused
from grantstream.guard.refusal_codes import RefusalCode

_MOST_OPENINGS: Final = 64
"""Far more brackets than any token of ours has, and far fewer than would strain the parser's stack."""


def read_object(raw: bytes) -> dict[str, Any]:
    """The JSON object in `raw`. Raises TokenRefused with a code for each way of not being one."""
    if raw.count(b"{") + raw.count(b"[") > _MOST_OPENINGS:
        raise TokenRefused(RefusalCode.JSON_TOO_NESTED)
    try:
        found = _DECODER.decode(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise TokenRefused(RefusalCode.NOT_UTF8) from error
    except ValueError as error:
        raise TokenRefused(RefusalCode.JSON_MALFORMED) from error
    if not isinstance(found, dict):
        raise TokenRefused(RefusalCode.JSON_MALFORMED, "not an object")
    return found


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise TokenRefused(RefusalCode.DUPLICATE_JSON_KEY)
    return found


def _no_constant(_: str) -> NoReturn:
    raise TokenRefused(RefusalCode.JSON_MALFORMED, "NaN or Infinity")


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_without_duplicates, parse_constant=_no_constant)
