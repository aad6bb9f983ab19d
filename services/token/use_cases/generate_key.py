"""A new signing key: a key pair, and what is published of it."""

from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from services.token.domain.signing_key import KeyState, SigningAlgorithm, SigningKey, published_jwk

_RSA_BITS = 2048


def generate_key(algorithm: SigningAlgorithm, now: datetime, state: KeyState = KeyState.CURRENT) -> SigningKey:
    """A new key pair."""
    private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
    if algorithm is SigningAlgorithm.ES256:
        private = ec.generate_private_key(ec.SECP256R1())
        jwk = ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
    else:
        private = rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS)
        jwk = RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
    public = published_jwk(jwk, algorithm)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return SigningKey(
        kid=public["kid"],
        algorithm=algorithm,
        private_pem=pem,
        public_jwk=public,
        state=state,
        version=1,
        created_at=now,
        updated_at=now,
    )
