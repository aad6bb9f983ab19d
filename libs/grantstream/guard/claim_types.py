"""Reading claims with their types: nothing is converted, and a wrong type is never taken for absence."""

from typing import Any

from grantstream.guard.errors import TokenRefused
from grantstream.guard.refusal_codes import RefusalCode

Payload = dict[str, Any]


def text(payload: Payload, name: str) -> str:
    """A claim that must be there, as text."""
    if name not in payload:
        raise TokenRefused(RefusalCode.CLAIM_MISSING, name)
    return _as_text(payload[name], name)


def text_or_none(payload: Payload, name: str) -> str | None:
    """A claim that may be left out, but not be null."""
    return _as_text(payload[name], name) if name in payload else None


def integer(payload: Payload, name: str) -> int:
    """A claim that must be there, as an integer; neither a boolean nor a float is one."""
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
    """A version that may be left out."""
    return version(payload, name) if name in payload else None


def texts(payload: Payload, name: str) -> tuple[str, ...]:
    """A list of texts that may be left out, which is an empty one."""
    values = payload.get(name, [])
    if not isinstance(values, list):
        raise TokenRefused(RefusalCode.CLAIM_MISTYPED, name)
    return tuple(_as_text(value, name) for value in values)


def _as_text(value: object, name: str) -> str:
    # Unprintable characters (control, invisible, half a surrogate pair) break logs, keys and databases further on.
    if not isinstance(value, str) or not value or not value.isprintable():
        raise TokenRefused(RefusalCode.CLAIM_MISTYPED, name)
    return value
