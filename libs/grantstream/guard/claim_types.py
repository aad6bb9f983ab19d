"""Reads claims with their types: nothing is converted, and a claim of a wrong type never counts as absent."""

from typing import Any

from grantstream.guard.errors import TokenRefused
from grantstream.guard.refusal_codes import RefusalCode

Payload = dict[str, Any]


def text(payload: Payload, name: str) -> str:
    """A required claim, as text."""
    if name not in payload:
        raise TokenRefused(RefusalCode.CLAIM_MISSING, name)
    return _as_text(payload[name], name)


def text_or_none(payload: Payload, name: str) -> str | None:
    """An optional claim, as text; it must not be null."""
    return _as_text(payload[name], name) if name in payload else None


def integer(payload: Payload, name: str) -> int:
    """A required claim, as an integer; neither a boolean nor a float is one."""
    if name not in payload:
        raise TokenRefused(RefusalCode.CLAIM_MISSING, name)
    value = payload[name]
    if type(value) is not int:
        raise TokenRefused(RefusalCode.CLAIM_MISTYPED, name)
    return value


def version(payload: Payload, name: str, *, least: int = 1) -> int:
    """The version of an aggregate: an integer from 1, or from `least`."""
    value = integer(payload, name)
    if value < least:
        raise TokenRefused(RefusalCode.CLAIM_MISTYPED, name)
    return value


def version_or_none(payload: Payload, name: str) -> int | None:
    """An optional version."""
    return version(payload, name) if name in payload else None


def texts(payload: Payload, name: str) -> tuple[str, ...]:
    """An optional list of texts; empty if absent."""
    values = payload.get(name, [])
    if not isinstance(values, list):
        raise TokenRefused(RefusalCode.CLAIM_MISTYPED, name)
    return tuple(_as_text(value, name) for value in values)


def _as_text(value: object, name: str) -> str:
    # Unprintable characters (control, invisible, half a surrogate pair) break logs, keys and databases later.
    if not isinstance(value, str) or not value or not value.isprintable():
        raise TokenRefused(RefusalCode.CLAIM_MISTYPED, name)
    return value
