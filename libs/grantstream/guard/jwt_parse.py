"""Finds a signed token in a header, and splits it into its parts, before any cryptography.

RFC 7515, section 5.2; RFC 8725. The payload stays undecoded here: nothing in it is read until the signature is
verified.
"""

from dataclasses import dataclass
from typing import Any, Final

from grantstream.guard.errors import TokenRefused
from grantstream.guard.refusal_codes import RefusalCode
from grantstream.proof import strict_json
from grantstream.proof.jws import decode_canonical
from grantstream.proof.strict_json import Fault, JsonFault

_SCHEME: Final = "bearer"
_CODES: Final[dict[Fault, RefusalCode]] = {
    "not_utf8": RefusalCode.NOT_UTF8,
    "malformed": RefusalCode.JSON_MALFORMED,
    "too_nested": RefusalCode.JSON_TOO_NESTED,
    "duplicate_key": RefusalCode.DUPLICATE_JSON_KEY,
}


@dataclass(frozen=True, slots=True)
class UnverifiedToken:
    """The parts of a token whose signature was not checked yet."""

    header: dict[str, Any]
    payload_segment: str
    signing_input: bytes
    signature: bytes


def bearer_token(value: str) -> str | None:
    """The token of an `Authorization` value (RFC 6750, section 2.1), its form unchecked; None if it is no `Bearer`."""
    scheme, _, token = value.partition(" ")
    if scheme.lower() != _SCHEME:
        return None
    return token.strip(" ") or None


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


def read_object(raw: bytes) -> dict[str, Any]:
    """The JSON object in `raw`. Raises TokenRefused, with a code for each kind of fault."""
    try:
        return strict_json.read_object(raw)
    except JsonFault as fault:
        raise TokenRefused(_CODES[fault.kind], fault.detail) from fault
