"""JWS compact serialisation (RFC 7515, section 7.1), as fast as the cryptography allows."""

from binascii import b2a_base64
from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from services.token.domain.signing_key import SigningAlgorithm, SigningKey

_ECDSA: Final = ec.ECDSA(hashes.SHA256())
_PADDING: Final = padding.PKCS1v15()
_SHA256: Final = hashes.SHA256()


class Signer:
    """Signs with one key. The headers are encoded once, since only `typ` ever differs."""

    def __init__(self, key: SigningKey) -> None:
        self.kid = key.kid
        self.algorithm = key.algorithm
        self._sign = _signing_function(key)
        self._headers: dict[str, bytes] = {}

    def sign(self, payload: Mapping[str, Any], *, typ: str) -> str:
        """The JWT of a payload."""
        header = self._headers.get(typ) or self._encoded_header(typ)
        signing_input = header + b"." + _base64url(orjson.dumps(payload))
        return (signing_input + b"." + _base64url(self._sign(signing_input))).decode("ascii")

    def _encoded_header(self, typ: str) -> bytes:
        header = {"alg": self.algorithm.value, "kid": self.kid, "typ": typ}
        encoded = self._headers[typ] = _base64url(orjson.dumps(header))
        return encoded


def _signing_function(key: SigningKey) -> Callable[[bytes], bytes]:
    if key.private_pem is None:
        raise ValueError(f"key {key.kid} signs no more")
    private = load_pem_private_key(key.private_pem.encode(), password=None)
    if key.algorithm is SigningAlgorithm.ES256 and isinstance(private, ec.EllipticCurvePrivateKey):
        return _es256(private)
    if key.algorithm is SigningAlgorithm.RS256 and isinstance(private, rsa.RSAPrivateKey):
        return lambda message: private.sign(message, _PADDING, _SHA256)
    raise ValueError(f"key {key.kid} is not of its algorithm")


def _es256(private: ec.EllipticCurvePrivateKey) -> Callable[[bytes], bytes]:
    def sign(message: bytes) -> bytes:
        # JWS wants the two numbers side by side, not DER (RFC 7518, section 3.4).
        r, s = decode_dss_signature(private.sign(message, _ECDSA))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    return sign


_TO_URL_ALPHABET: Final = bytes.maketrans(b"+/", b"-_")


def _base64url(raw: bytes) -> bytes:
    return b2a_base64(raw, newline=False).translate(_TO_URL_ALPHABET, b"=")
