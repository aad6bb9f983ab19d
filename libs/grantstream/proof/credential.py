"""What a producer proves its records with: its access token and the key that the token is bound to."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Protocol, Self

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from grantstream.proof import jws


class ProofKey:
    """A P-256 private key. It appears neither in `repr` nor in any error text."""

    def __init__(self, private: ec.EllipticCurvePrivateKey) -> None:
        """Raises ValueError for a key of another curve."""
        if not isinstance(private.curve, ec.SECP256R1):
            raise ValueError("the key is not of the curve P-256")
        self._private = private

    @classmethod
    def generate(cls) -> Self:
        """A new key, in memory only."""
        return cls(ec.generate_private_key(ec.SECP256R1()))

    @cached_property
    def public_jwk(self) -> dict[str, str]:
        """The public half (RFC 7517), with its required members only."""
        return jws.public_jwk(self._private.public_key())

    @cached_property
    def thumbprint(self) -> str:
        """The key's thumbprint, which a bound token carries as `cnf.jkt` (RFC 7638; RFC 9449, section 6.1)."""
        return jws.jwk_thumbprint(self.public_jwk)

    def sign(self, message: bytes) -> bytes:
        """An ES256 signature in the form of JWS."""
        return jws.sign(self._private, message)


@dataclass(frozen=True, slots=True)
class Credential:
    """An access token and the key behind its `cnf.jkt`. `repr` leaves the token out."""

    token: str = field(repr=False)
    key: ProofKey


class CredentialSource(Protocol):
    """A source of a producer's access token and the key that it is bound to."""

    async def current(self) -> Credential:
        """A credential with a valid token for the events audience. Waits while there is none."""
        ...


def read_p256_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """The P-256 private key in a PEM file. Raises ValueError if it holds none, OSError if it can't be read."""
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError):
        raise ValueError(f"{path} holds no private key in PEM that needs no password") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError(f"the key in {path} is not of the curve P-256")
    return key
