"""The public keys that may vouch for tokens, in memory: filled from a JWKS at start, then by `key.published`."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from jwt.exceptions import InvalidKeyError
from pydantic import ValidationError

from grantstream.contracts.events.token import KeyPublished
from grantstream.guard.errors import KeyRefused
from grantstream.guard.key_standing import KeyStanding
from grantstream.proof.jws import jwk_thumbprint

_MIN_RSA_BITS: Final = 2048  # RFC 7518, section 3.3
_MAX_RSA_BITS: Final = 8192  # a larger one makes each check slow, which is an attack too
_PRIVATE_MEMBERS: Final = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")
_RS256: Final = RSAAlgorithm(RSAAlgorithm.SHA256)
_ES256: Final = ECAlgorithm(ECAlgorithm.SHA256, SECP256R1)

ENDED_KEYS: Final = "ended_keys"
"""The member of our issuer's JWK set for keys that are retired or withdrawn, each as `KeyPublished`.

Other readers of JWK sets ignore it (RFC 7517, section 5): for them a withdrawn key must not exist.
"""


@dataclass(frozen=True, slots=True, eq=False)
class VerificationKey:
    """One public key with the one algorithm that it is for."""

    kid: str
    algorithm: str
    public_key: RSAPublicKey | EllipticCurvePublicKey

    def verifies(self, signing_input: bytes, signature: bytes) -> bool:
        """Whether `signature` is this key's over `signing_input`."""
        if isinstance(self.public_key, RSAPublicKey):
            return _RS256.verify(signing_input, self.public_key, signature)
        return _ES256.verify(signing_input, self.public_key, signature)

    def is_same_as(self, other: "VerificationKey") -> bool:
        """Whether both are the same key under the same name."""
        return self.kid == other.kid and self.public_key == other.public_key


class KeySet:
    """Keys by `kid`. A `kid` stands for one key for ever: another key under the same name is refused."""

    def __init__(self) -> None:
        self._keys: dict[str, VerificationKey] = {}
        self._standings: dict[str, KeyStanding] = {}
        self._issuer_standings: dict[str, KeyStanding] = {}
        """Standings from the issuer itself, which stay when another source is no longer believed."""
        self._named: set[str] = set()

    def __len__(self) -> int:
        return len(self._keys)

    @classmethod
    def from_jwks(cls, document: Mapping[str, Any], *, trusted: Collection[str] = ()) -> Self:
        """Reads a JWK set (RFC 7517, section 5): keys of other kinds or uses are skipped.

        `trusted`: thumbprints (RFC 7638); unless it is empty, keys that are not on this list are not believed, nor the
        ended ones; see `missing`. Raises KeyRefused if a key for RS256 or ES256 is invalid.
        """
        jwks, ended = document.get("keys"), document.get(ENDED_KEYS, [])
        if not (isinstance(jwks, list) and isinstance(ended, list)):
            raise KeyRefused("not a JWK set")
        keys = cls()
        for jwk in filter(_is_for_us, jwks):
            if not trusted or _thumbprint(jwk) in trusted:
                keys.add(jwk)
            else:
                keys._named.add(str(jwk.get("kid")))
        for key in map(_read_ended, ended):
            if trusted:
                keys._named.add(key.kid)
            else:
                keys._add_published(key)
        return keys

    @classmethod
    def of(cls, published: Iterable[KeyPublished]) -> Self:
        """Keys with their standings, as their issuer has them. Raises KeyRefused."""
        keys = cls()
        for key in published:
            keys._add_published(key)
        return keys

    def _add_published(self, key: KeyPublished) -> None:
        self.add(key.jwk)
        if self.narrow(key.kid, KeyStanding.from_event(key)):
            self._issuer_standings[key.kid] = self._standings[key.kid]

    @property
    def current(self) -> frozenset[str]:
        """The `kid`s of the keys that are neither retired nor withdrawn, as far as is known."""
        return frozenset(self._keys.keys() - self._standings.keys())

    @property
    def missing(self) -> frozenset[str]:
        """The `kid`s of keys that the issuer has, or had lately, and that are still unknown here."""
        return frozenset(self._named - self._keys.keys())

    def add(self, jwk: Mapping[str, Any]) -> None:
        """Adds a public key. Adding one again changes nothing, and tokens already verified stay remembered.

        Raises KeyRefused if it is private, weak, of another kind, or differs from the known key of its `kid`.
        """
        key = read_key(jwk)
        known = self._keys.setdefault(key.kid, key)
        if not known.is_same_as(key):
            raise KeyRefused("another key is known by this kid")

    def remove(self, kid: str) -> None:
        """Drops a key: from now on its tokens are unknown, remembered ones included."""
        self._keys.pop(kid, None)
        self._standings.pop(kid, None)

    def narrow(self, kid: str, standing: KeyStanding) -> bool:
        """Notes that a key is retired or withdrawn; a time only becomes earlier. Returns whether anything changed."""
        known = self._standings.get(kid, KeyStanding())
        narrowed = known.narrowed_to(standing)
        if narrowed == known or kid not in self._keys:
            return False
        self._standings[kid] = narrowed
        return True

    def widen(self, kid: str) -> None:
        """Resets a key's standing to the issuer's, after its other source is no longer believed."""
        self._standings.pop(kid, None)
        if kid in self._issuer_standings:
            self._standings[kid] = self._issuer_standings[kid]

    def standing(self, kid: str) -> KeyStanding | None:
        """Since when a key is retired or withdrawn; None if it is current, or not known."""
        return self._standings.get(kid)

    def find(self, kid: str) -> VerificationKey | None:
        """The key of that `kid`; None if it is unknown."""
        return self._keys.get(kid)


def read_key(jwk: Mapping[str, Any]) -> VerificationKey:
    """Reads one public JWK (RFC 7517). Raises KeyRefused unless it is a valid key for RS256 or ES256."""
    kid = jwk.get("kid")
    if not isinstance(kid, str) or not kid:
        raise KeyRefused("a key without kid")
    if any(member in jwk for member in _PRIVATE_MEMBERS):
        raise KeyRefused("a private or symmetric key")
    if jwk.get("use", "sig") != "sig" or jwk.get("key_ops", ["verify"]) != ["verify"]:
        raise KeyRefused("a key that is not for verifying signatures")
    match jwk.get("kty"), jwk.get("alg"):
        case "RSA", "RS256" | None:
            return VerificationKey(kid, "RS256", _rsa_key(jwk))
        case "EC", "ES256" | None:
            return VerificationKey(kid, "ES256", _p256_key(jwk))
    raise KeyRefused("a key of another kind or algorithm")


def _read_ended(member: object) -> KeyPublished:
    try:
        key = KeyPublished.model_validate(member)
    except ValidationError as error:
        raise KeyRefused("not an ended key") from error
    if key.jwk.get("kid") != key.kid:
        raise KeyRefused("an ended key under another name than its own")
    return key


def _thumbprint(jwk: Mapping[str, Any]) -> str | None:
    try:
        return jwk_thumbprint(jwk)
    except (KeyError, TypeError):
        return None


def _is_for_us(jwk: object) -> bool:
    if not isinstance(jwk, Mapping) or jwk.get("use", "sig") != "sig":
        return False
    # A list, since a set can't be searched for an unhashable value.
    return (jwk.get("kty"), jwk.get("alg")) in [("RSA", "RS256"), ("RSA", None), ("EC", "ES256"), ("EC", None)]


def _rsa_key(jwk: Mapping[str, Any]) -> RSAPublicKey:
    try:
        key = RSAAlgorithm.from_jwk(dict(jwk))
    except (InvalidKeyError, ValueError, TypeError) as error:
        raise KeyRefused("not an RSA public key") from error
    if not isinstance(key, RSAPublicKey) or not _MIN_RSA_BITS <= key.key_size <= _MAX_RSA_BITS:
        raise KeyRefused(f"an RSA key must have {_MIN_RSA_BITS} to {_MAX_RSA_BITS} bits")
    return key


def _p256_key(jwk: Mapping[str, Any]) -> EllipticCurvePublicKey:
    try:
        key = ECAlgorithm.from_jwk(dict(jwk))
    except (InvalidKeyError, ValueError, TypeError) as error:
        raise KeyRefused("not an EC public key") from error
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise KeyRefused("an EC key must be of the curve P-256")
    return key
