"""Splits a signed token into its parts, before any cryptography (RFC 7515, section 5.2; RFC 8725).

The payload stays undecoded here: nothing in it is read until the signature is verified.
"""

from dataclasses import dataclass
from typing import Any

from grantstream.guard.errors import TokenRefused
from grantstream.guard.refusal_codes import RefusalCode
from grantstream.guard.strict_json import read_object
from grantstream.proof.base64url import decode_canonical


@dataclass(frozen=True, slots=True)
class UnverifiedToken:
    """The parts of a token whose signature was not checked yet."""

    header: dict[str, Any]
    payload_segment: str
    signing_input: bytes
    signature: bytes


def parse_token(token: str, *, max_bytes: int) -> UnverifiedToken:
    """Splits a token in JWS compact serialisation. Raises TokenRefused if it is not strictly one."""
    if len(token) > max_bytes:
        raise TokenRefused(RefusalCode.TOKEN_TOO_LARGE)
    segments = token.split(".", 3)
    if len(segments) != 3 or not token.isascii():
        raise TokenRefused(RefusalCode.TOKEN_MALFORMED)
    header, payload, signature = segments
    if not header or not payload:
        raise TokenRefused(RefusalCode.TOKEN_MALFORMED)
    if not signature:
        raise TokenRefused(RefusalCode.SIGNATURE_MISSING)
    return UnverifiedToken(
        header=read_object(decode_segment(header)),
        payload_segment=payload,
        signing_input=token[: -len(signature) - 1].encode("ascii"),
        signature=decode_segment(signature),
    )


def decode_segment(segment: str) -> bytes:
    """The bytes of a segment. Raises TokenRefused unless it is spelled canonically."""
    decoded = decode_canonical(segment)
    if decoded is None:
        raise TokenRefused(RefusalCode.BASE64_NOT_CANONICAL)
    return decoded
