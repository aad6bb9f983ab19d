"""Strict JSON for tokens: what two parsers could read differently is refused.

Python's parser takes the last of two equal keys, accepts NaN, and guesses UTF-16; another parser might not, and a
token that two parsers read differently can get around one of them (RFC 8725, section 2.4; RFC 7515, section 4).
"""

import json
from typing import Any, Final, Literal, NoReturn

Fault = Literal["not_utf8", "malformed", "too_nested", "duplicate_key"]

_MOST_OPENINGS: Final = 64
"""Far more brackets than a token of ours has, and far too few to exhaust the parser's stack."""


class JsonFault(ValueError):
    """What is wrong with a piece of JSON."""

    def __init__(self, kind: Fault, detail: str = "") -> None:
        super().__init__(kind)
        self.kind = kind
        self.detail = detail


def read_object(raw: bytes) -> dict[str, Any]:
    """The JSON object in `raw`. Raises JsonFault, which quotes no part of it."""
    if raw.count(b"{") + raw.count(b"[") > _MOST_OPENINGS:
        raise JsonFault("too_nested")
    try:
        members = _DECODER.decode(raw.decode("utf-8"))
    except UnicodeDecodeError:
        raise JsonFault("not_utf8") from None
    except JsonFault:
        raise
    except ValueError:
        raise JsonFault("malformed") from None
    if not isinstance(members, dict):
        raise JsonFault("malformed", "not an object")
    return members


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise JsonFault("duplicate_key")
    return members


def _no_constant(_: str) -> NoReturn:
    raise JsonFault("malformed", "NaN or Infinity")


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_without_duplicates, parse_constant=_no_constant)
