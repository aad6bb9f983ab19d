"""ES256 signatures and P-256 keys in the forms of JWS and JWK (RFC 7518, sections 3.4 and 6.2.1)."""

from collections.abc import Mapping
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from grantstream.proof import base64url

_ECDSA: Final = ec.ECDSA(hashes.SHA256())
_CURVE: Final = ec.SECP256R1()
_NUMBER_BYTES: Final = 32
_MEMBERS: Final = {"kty", "crv", "x", "y"}


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
    x, y = (base64url.encode(number.to_bytes(_NUMBER_BYTES, "big")).decode() for number in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


def read_jwk(jwk: Mapping[str, Any]) -> ec.EllipticCurvePublicKey:
    """The key of a JWK that has exactly the members of a public P-256 key. Raises ValueError for any other."""
    if jwk.keys() != _MEMBERS or jwk["kty"] != "EC" or jwk["crv"] != "P-256":
        raise ValueError("not exactly a public P-256 key")
    # On a point that is not on the curve the library raises ValueError.
    return ec.EllipticCurvePublicNumbers(_coordinate(jwk["x"]), _coordinate(jwk["y"]), _CURVE).public_key()


def _coordinate(text: object) -> int:
    raw = base64url.decode_canonical(text) if isinstance(text, str) else None
    if raw is None or len(raw) != _NUMBER_BYTES:
        raise ValueError("not a coordinate of P-256")
    return int.from_bytes(raw, "big")
