"""Removes secrets and personal values from log lines."""

import re
from collections.abc import Mapping, MutableMapping
from typing import Any, Final

HIDDEN: Final = "[hidden]"

_SECRET_KEYS: Final = frozenset(
    {
        "access_token",
        "authorization",
        "client_assertion",
        "client_secret",
        "code",
        "code_verifier",
        "cookie",
        "credentials",
        "dsn",
        "id_token",
        "passwd",
        "password",
        "postgres_dsn",
        "private_key",
        "proof",
        "refresh_token",
        "secret",
        "set-cookie",
        "subject_token",
        "token",
    }
)
_PUBLIC_CODES: Final = re.compile(r"[a-z][a-z0-9_]{0,63}|\d{1,4}")
_PATTERNS: Final = (
    # A JWT: three base64url segments, or two if its signature was cut off.
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]{2,}(?:\.[\w-]*)?"), HIDDEN),
    (re.compile(r"\b(Bearer|Basic|DPoP)\s+[\w.~+/=-]{8,}", re.IGNORECASE), rf"\1 {HIDDEN}"),
    (re.compile(r"(://[^/\s:@]*):[^@\s/]+@"), rf"\1:{HIDDEN}@"),
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL), HIDDEN),
    # PostgreSQL's errors repeat the values of rows there.
    (re.compile(r"^(DETAIL:).*$", re.MULTILINE), rf"\1 {HIDDEN}"),
)


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor; it must come after the one that formats exceptions."""
    for key, value in event.items():
        event[key] = _redacted(key, value)
    return event


def redacted_text(text: str) -> str:
    """The text without tokens, credentials in URLs, private keys, and values of rows."""
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def _redacted(key: str, value: Any) -> Any:
    if _is_secret(key, value):
        return HIDDEN
    if isinstance(value, str):
        return redacted_text(value)
    if isinstance(value, bytes):
        return redacted_text(value.decode(errors="replace"))
    if isinstance(value, Mapping):
        return {str(name): _redacted(str(name), inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_redacted("", inner) for inner in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return redacted_text(str(value))


def _is_secret(key: str, value: Any) -> bool:
    if key.lower() not in _SECRET_KEYS or value is None:
        return False
    # `code` is an authorization code in OAuth, and an error's code elsewhere; only the latter has this form.
    return not (key == "code" and _PUBLIC_CODES.fullmatch(str(value)))
