"""The first start makes one key of each algorithm; every later start finds them."""

from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from grantstream.service.change import Changes
from services.token.domain.signing_key import KeyState, SigningAlgorithm, SigningKey, published_jwk
from services.token.store import signing_keys

_RSA_BITS = 2048


async def ensure_signing_keys(changes: Changes) -> list[SigningKey]:
    """Makes and publishes what is missing. Returns the keys that were made.

    Processes that start at the same time take turns, and the later ones find what the first has made.
    """
    async with changes.begin() as change:
        existing = await signing_keys.lock_all(change.connection)
        present = {key.algorithm for key in existing if key.state is KeyState.CURRENT}
        made = [generate_key(algorithm, change.now) for algorithm in SigningAlgorithm if algorithm not in present]
        for key in made:
            await signing_keys.insert(change.connection, key)
            await change.publish(key.published_event())
    return made


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
