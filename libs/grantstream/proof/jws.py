"""JWS and JWK as the platform uses them: segments, ES256 signatures, P-256 keys and thumbprints.

Segments are base64url (RFC 7515, section 2) in its canonical spelling only. Lenient decoders skip foreign characters
and ignore the spare bits of the last one, so that many strings decode to the same token. Here a token has exactly one
spelling. Signatures and keys: RFC 7518, sections 3.4 and 6.2.1.
"""

import hashlib
import json
from binascii import Error, a2b_base64, b2a_base64
from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

_PADDING: Final = (b"", b"===", b"==", b"=")
_TO_URL_ALPHABET: Final = bytes.maketrans(b"+/", b"-_")
_FROM_URL_ALPHABET: Final = bytes.maketrans(b"-_", b"+/")
_ECDSA: Final = ec.ECDSA(hashes.SHA256())
_CURVE: Final = ec.SECP256R1()
_NUMBER_BYTES: Final = 32
_MEMBERS: Final = {"kty", "crv", "x", "y"}
_REQUIRED: Final = {"EC": ("crv", "kty", "x", "y"), "RSA": ("e", "kty", "n")}


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


def compact(header: Mapping[str, Any], payload: Mapping[str, Any], sign: Callable[[bytes], bytes]) -> bytes:
    """A JWS in compact serialisation (RFC 7515, section 7.1)."""
    signing_input = b".".join(encode(orjson.dumps(members)) for members in (header, payload))
    return signing_input + b"." + encode(sign(signing_input))


def sign(key: ec.EllipticCurvePrivateKey, message: bytes) -> bytes:
    """The signature: two numbers side by side, 64 bytes, not DER."""
    r, s = decode_dss_signature(key.sign(message, _ECDSA))
    return r.to_bytes(_NUMBER_BYTES, "big") + s.to_bytes(_NUMBER_BYTES, "big")


def verifies(key: ec.EllipticCurvePublicKey, message: bytes, signature: bytes) -> bool:
    """Whether `signature` is this key's over `message`."""
    if len(signature) != 2 * _NUMBER_BYTES:
        return False
    r, s = (int.from_bytes(half, "big") for half in (signature[:_NUMBER_BYTES], signature[_NUMBER_BYTES:]))
    try:
        key.verify(encode_dss_signature(r, s), message, _ECDSA)
    except InvalidSignature:
        return False
    return True


def public_jwk(key: ec.EllipticCurvePublicKey) -> dict[str, str]:
    """The public key as a JWK of its required members."""
    numbers = key.public_numbers()
    x, y = (encode(number.to_bytes(_NUMBER_BYTES, "big")).decode() for number in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


def read_jwk(jwk: Mapping[str, Any]) -> ec.EllipticCurvePublicKey:
    """The key of a JWK that has exactly the members of a public P-256 key. Raises ValueError for any other."""
    if jwk.keys() != _MEMBERS or jwk["kty"] != "EC" or jwk["crv"] != "P-256":
        raise ValueError("not exactly a public P-256 key")
    # On a point that is not on the curve the library raises ValueError.
    return ec.EllipticCurvePublicNumbers(_coordinate(jwk["x"]), _coordinate(jwk["y"]), _CURVE).public_key()


def jwk_thumbprint(jwk: Mapping[str, Any]) -> str:
    """The thumbprint of an EC or RSA key. Raises KeyError for another kind, or if a member is missing."""
    required = {member: jwk[member] for member in _REQUIRED[jwk["kty"]]}
    canonical = json.dumps(required, separators=(",", ":"), sort_keys=True).encode()
    return encode(hashlib.sha256(canonical).digest()).decode()


def _coordinate(text: object) -> int:
    raw = decode_canonical(text) if isinstance(text, str) else None
    if raw is None or len(raw) != _NUMBER_BYTES:
        raise ValueError("not a coordinate of P-256")
    return int.from_bytes(raw, "big")
