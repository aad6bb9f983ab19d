"""Base64url as JWS wants it (RFC 7515, section 2), in its one canonical spelling.

Lenient decoders skip foreign characters and ignore the spare bits of the last one, so that many strings are the same
token. Here a token has exactly one spelling.
"""

import re
from base64 import urlsafe_b64decode
from binascii import b2a_base64
from typing import Final

_CANONICAL: Final = re.compile(
    r"(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-][AQgw]|[A-Za-z0-9_-]{2}[AEIMQUYcgkosw048])?", re.ASCII
)
_PADDING: Final = ("", "", "==", "=")
_TO_URL_ALPHABET: Final = bytes.maketrans(b"+/", b"-_")


def encode(raw: bytes) -> bytes:
    """The canonical spelling of some bytes."""
    return b2a_base64(raw, newline=False).translate(_TO_URL_ALPHABET, b"=")


def decode_canonical(segment: str) -> bytes | None:
    """The bytes of one segment; None if it is padded, has foreign characters or spare bits that are not zero."""
    if _CANONICAL.fullmatch(segment) is None:
        return None
    return urlsafe_b64decode(segment + _PADDING[len(segment) % 4])
