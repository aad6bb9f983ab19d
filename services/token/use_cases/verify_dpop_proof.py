"""DPoP at the token endpoint: the client shows that it holds the key that its token will be bound to (RFC 9449)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from grantstream.contracts.claims import CLOCK_TOLERANCE
from grantstream.guard.errors import TokenRefused
from grantstream.guard.jwt_parse import decode_segment, parse_token, read_object
from grantstream.postgres.pool import Pool, connection
from grantstream.proof import jws
from grantstream.proof.jws import jwk_thumbprint
from grantstream.proof.prove import DPOP_TYPE
from services.token import errors
from services.token.errors import TokenRequestDenied
from services.token.store import spent_ids

ALGORITHM: Final = "ES256"
"""The one algorithm: what event proofs are signed with too, by the same key."""

_METHOD: Final = "POST"
_MAX_BYTES: Final = 4096
_MAX_JTI: Final = 200
_LATEST_TIME: Final = 2**33
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_TOLERANCE: Final = CLOCK_TOLERANCE.total_seconds()


class CheckedProof(NamedTuple):
    """A sound proof. `thumbprint`: of the key that signed it. `expires_at`: until when it could be shown again."""

    thumbprint: str
    jti: str
    expires_at: float


@dataclass(frozen=True, slots=True)
class DpopRules:
    """`endpoints`: by which URLs clients reach the token endpoint. `max_age`: seconds for which a proof is accepted."""

    endpoints: frozenset[str]
    max_age: float = 60.0

    def check(self, presented: tuple[str, ...], now: float) -> CheckedProof:
        """The one proof that was presented. Raises TokenRequestDenied if it is not sound (RFC 9449, section 4.3)."""
        if len(presented) != 1:
            raise _refused("no DPoP header, or more than one")
        header, claims = _signed_parts(presented[0])
        self._check_target(claims)
        return CheckedProof(
            thumbprint=jwk_thumbprint(header["jwk"]),
            jti=_checked_id(claims.get("jti")),
            expires_at=self._checked_end(claims.get("iat"), now),
        )

    def _check_target(self, claims: Mapping[str, Any]) -> None:
        if claims.get("htm") != _METHOD:
            raise _refused("htm is not POST")
        target = _normalised(claims.get("htu"))
        if target not in {_normalised(endpoint) for endpoint in self.endpoints}:
            raise _refused("htu is not this endpoint")

    def _checked_end(self, issued_at: object, now: float) -> float:
        # The clock is the client's, hence the tolerance on both sides.
        if isinstance(issued_at, bool) or not isinstance(issued_at, int | float) or not 0 < issued_at < _LATEST_TIME:
            raise _refused("iat is no time")
        end = issued_at + self.max_age + _TOLERANCE
        if not issued_at - _TOLERANCE <= now < end:
            raise _refused("iat is too old, or in the future")
        return end


@dataclass(frozen=True, slots=True)
class DpopProofs:
    """Takes each proof once."""

    pool: Pool
    rules: DpopRules

    async def spend(self, presented: tuple[str, ...], now: float) -> str:
        """The thumbprint of the key that signed the one proof that was presented, which is now spent.

        Raises TokenRequestDenied or DatabaseError.
        """
        proof = self.rules.check(presented, now)
        until = datetime.fromtimestamp(proof.expires_at, UTC)
        async with connection(self.pool) as acquired:
            is_new = await spent_ids.spend_dpop_proof(
                acquired, thumbprint=proof.thumbprint, jti=proof.jti, expires_at=until
            )
        if not is_new:
            raise _refused("jti was used before")
        return proof.thumbprint


def _signed_parts(proof: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a proof, signed by the key in its header."""
    try:
        parsed = parse_token(proof, max_bytes=_MAX_BYTES)
        key = _key_in(parsed.header)
        if not jws.verifies(key, parsed.signing_input, parsed.signature):
            raise _refused("the signature is not of the key in the header")
        return parsed.header, read_object(decode_segment(parsed.payload_segment))
    except TokenRefused as error:
        raise _refused(error.code) from error


def _key_in(header: Mapping[str, Any]) -> EllipticCurvePublicKey:
    if header.get("typ") != DPOP_TYPE or header.get("alg") != ALGORITHM or "crit" in header or "b64" in header:
        raise _refused("typ, alg, crit or b64")
    jwk = header.get("jwk")
    if not isinstance(jwk, dict):
        raise _refused("no jwk")
    try:
        # It knows one spelling of each key, so that a key has one thumbprint.
        return jws.read_jwk(jwk)
    except ValueError as error:
        raise _refused("jwk is not just a public P-256 key") from error


def _checked_id(jti: object) -> str:
    if not isinstance(jti, str) or not 0 < len(jti) <= _MAX_JTI or not jti.isprintable():
        raise _refused("jti is missing, or no identifier")
    return jti


def _normalised(url: object) -> tuple[str, str, int | None, str] | None:
    """A URL without query and fragment, in one spelling (RFC 9449, section 4.3, point 9; RFC 3986, section 6.2)."""
    if not isinstance(url, str) or not url.isascii() or not url.isprintable():
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.hostname is None or "@" in parts.netloc:
        return None
    return parts.scheme, parts.hostname, port or _DEFAULT_PORTS.get(parts.scheme), parts.path


def _refused(reason: str) -> TokenRequestDenied:
    return TokenRequestDenied(errors.DPOP_PROOF_INVALID, f"DPoP: {reason}")
