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
from grantstream.proof.thumbprint import jwk_thumbprint

_MIN_RSA_BITS: Final = 2048  # RFC 7518, section 3.3
_MAX_RSA_BITS: Final = 8192  # a larger one makes each check slow, which is an attack of its own
_PRIVATE_MEMBERS: Final = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")
_RS256: Final = RSAAlgorithm(RSAAlgorithm.SHA256)
_ES256: Final = ECAlgorithm(ECAlgorithm.SHA256, SECP256R1)

ENDED_KEYS: Final = "ended_keys"
"""The member of our issuer's JWK set in which it tells of keys that are retired or withdrawn, each as `KeyPublished`.

Other readers of JWK sets pass it over (RFC 7517, section 5): to them a withdrawn key must look like none.
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
        self._given: dict[str, KeyStanding] = {}
        """What the issuer itself said of standings: nobody whose word is taken back later had said that."""
        self._named: set[str] = set()

    def __len__(self) -> int:
        return len(self._keys)

    @classmethod
    def from_jwks(cls, document: Mapping[str, Any], *, trusted: Collection[str] = ()) -> Self:
        """Reads a JWK set (RFC 7517, section 5): keys of other kinds or uses are passed over.

        `trusted`: thumbprints (RFC 7638); unless it is empty, keys that are not on this list are not believed, nor what
        is said of ended ones; see `unlearned`. Raises KeyRefused if one that is meant for RS256 or ES256 is unsound.
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
        for told in map(_read_ended, ended):
            if trusted:
                keys._named.add(told.kid)
            else:
                keys._take(told)
        return keys

    @classmethod
    def of(cls, published: Iterable[KeyPublished]) -> Self:
        """Keys with their standings, as their issuer has them. Raises KeyRefused."""
        keys = cls()
        for told in published:
            keys._take(told)
        return keys

    def _take(self, told: KeyPublished) -> None:
        self.add(told.jwk)
        if self.narrow(told.kid, KeyStanding.told_by(told)):
            self._given[told.kid] = self._standings[told.kid]

    @property
    def current(self) -> frozenset[str]:
        """The names of the keys that are neither retired nor withdrawn, as far as is known."""
        return frozenset(self._keys.keys() - self._standings.keys())

    @property
    def unlearned(self) -> frozenset[str]:
        """The names of keys that the issuer has, or had lately, and that have not come to be known here since."""
        return frozenset(self._named - self._keys.keys())

    def add(self, jwk: Mapping[str, Any]) -> None:
        """Takes a public key. Adding one again changes nothing, and tokens already verified stay remembered.

        Raises KeyRefused if it is private, weak, of another kind, or another key than is known by its `kid`.
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
        """Takes in that a key is retired or withdrawn. Whether that was news; a time only ever becomes earlier."""
        known = self._standings.get(kid, KeyStanding())
        narrowed = known.narrowed_to(standing)
        if narrowed == known or kid not in self._keys:
            return False
        self._standings[kid] = narrowed
        return True

    def widen(self, kid: str) -> None:
        """Takes back what was said of a key's standing by somebody who is not believed any more."""
        self._standings.pop(kid, None)
        if kid in self._given:
            self._standings[kid] = self._given[kid]

    def standing(self, kid: str) -> KeyStanding | None:
        """Since when a key is retired or withdrawn; None if it is current, or not known."""
        return self._standings.get(kid)

    def find(self, kid: str) -> VerificationKey | None:
        """The key of that name; None if it is not known."""
        return self._keys.get(kid)


def read_key(jwk: Mapping[str, Any]) -> VerificationKey:
    """Reads one public JWK (RFC 7517). Raises KeyRefused unless it is a sound key for RS256 or ES256."""
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


def _read_ended(told: object) -> KeyPublished:
    try:
        key = KeyPublished.model_validate(told)
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
    # A list, since a set could not be asked about what can't be hashed.
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
