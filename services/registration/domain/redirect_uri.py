"""Which redirect URIs may be registered (RFC 6749, section 3.1.2; RFC 8252, section 7; RFC 9700, section 4.1)."""

from typing import Final
from urllib.parse import SplitResult, urlsplit

LONGEST: Final = 2000
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


def fault_of(uri: str) -> str | None:
    """Why a redirect URI is refused, or None if it may be registered."""
    if len(uri) > LONGEST:
        return f"is longer than {LONGEST} characters"
    if not uri.isascii() or any(character <= " " or character == "\x7f" or character in '\\"<>' for character in uri):
        return "contains a character that a URI can't have"
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return "is not a URI"
    return _fault_of_parts(uri, parts)


def _fault_of_parts(uri: str, parts: SplitResult) -> str | None:
    if "#" in uri:
        return "has a fragment"
    if parts.username is not None or parts.password is not None:
        return "carries credentials"
    if "*" in parts.netloc:
        return "has a wildcard for a host"
    if parts.scheme == "https":
        return None if parts.hostname else "names no host"
    if parts.scheme == "http":
        # A code sent without TLS can be read on the network; a loopback address needs no network.
        return None if parts.hostname in _LOOPBACK else "must use https unless it is a loopback address"
    # Private-use schemes are reversed domain names; this keeps out javascript:, data: and the like.
    return None if "." in parts.scheme else "must be an absolute https URI or a private-use scheme with a domain name"
