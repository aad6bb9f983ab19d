"""JWS compact serialisation (RFC 7515, section 7.1), as fast as the cryptography allows."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from grantstream.proof import jws
from services.token.domain.signing_key import SigningAlgorithm, SigningKey

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
        signing_input = header + b"." + jws.encode(orjson.dumps(payload))
        return (signing_input + b"." + jws.encode(self._sign(signing_input))).decode("ascii")

    def _encoded_header(self, typ: str) -> bytes:
        header = {"alg": self.algorithm.value, "kid": self.kid, "typ": typ}
        encoded = self._headers[typ] = jws.encode(orjson.dumps(header))
        return encoded


def _signing_function(key: SigningKey) -> Callable[[bytes], bytes]:
    if key.private_pem is None:
        raise ValueError(f"key {key.kid} signs no more")
    private = load_pem_private_key(key.private_pem.encode(), password=None)
    if key.algorithm is SigningAlgorithm.ES256 and isinstance(private, ec.EllipticCurvePrivateKey):
        return lambda message: jws.sign(private, message)
    if key.algorithm is SigningAlgorithm.RS256 and isinstance(private, rsa.RSAPrivateKey):
        return lambda message: private.sign(message, _PADDING, _SHA256)
    raise ValueError(f"key {key.kid} is not of its algorithm")
