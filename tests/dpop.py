"""DPoP proofs, made by PyJWT rather than by our own code."""

import time
import uuid
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from grantstream.proof.jws import jwk_thumbprint


class DpopKey:
    """A client's key, and proofs of it."""

    def __init__(self) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        public = ECAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        self.jwk = {member: public[member] for member in ("kty", "crv", "x", "y")}

    @property
    def thumbprint(self) -> str:
        """Of the public half (RFC 7638)."""
        return jwk_thumbprint(self.jwk)

    def proof(
        self, url: str, *, claims: dict[str, Any] | None = None, header: dict[str, Any] | None = None, key: Any = None
    ) -> str:
        """A proof for a POST to `url`, some claims or header members changed; a None leaves one out."""
        payload = {"jti": str(uuid.uuid4()), "htm": "POST", "htu": url, "iat": int(time.time())} | (claims or {})
        head = {"typ": "dpop+jwt", "alg": "ES256", "jwk": self.jwk} | (header or {})
        return jwt.encode(
            {name: value for name, value in payload.items() if value is not None},
            key or self.private,
            algorithm=None if head["alg"] is None else str(head["alg"]),
            headers={name: value for name, value in head.items() if value is not None},
        )
