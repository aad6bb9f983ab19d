"""Base64url of JWS (RFC 7515, section 2), in its canonical spelling only.

Lenient decoders skip foreign characters and ignore the spare bits of the last one, so that many strings decode to the
same token. Here a token has exactly one spelling.
"""

from binascii import Error, a2b_base64, b2a_base64
from typing import Final

_PADDING: Final = (b"", b"===", b"==", b"=")
_TO_URL_ALPHABET: Final = bytes.maketrans(b"+/", b"-_")
_FROM_URL_ALPHABET: Final = bytes.maketrans(b"-_", b"+/")


def encode(raw: bytes) -> bytes:
    """The canonical spelling of some bytes."""
    return b2a_base64(raw, newline=False).translate(_TO_URL_ALPHABET, b"=")


def decode_canonical(segment: str) -> bytes | None:
    """The bytes of one segment; None if it is padded, has foreign characters or spare bits that are not zero."""
    try:
        spelled = segment.encode("ascii")
        decoded = a2b_base64(spelled.translate(_FROM_URL_ALPHABET) + _PADDING[len(spelled) % 4])
    except (UnicodeEncodeError, Error):
        return None
    # The decoder is lenient, the encoder is not: only the canonical spelling comes back.
    return decoded if encode(decoded) == spelled else None
