"""Client authentication by a signed assertion: private_key_jwt (RFC 7523, sections 2.2 and 3)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import jwt

from grantstream.contracts.subjects import is_possible_id
from grantstream.postgres.pool import Pool, connection
from services.token import errors
from services.token.domain.client import Client
from services.token.domain.client_authentication import PresentedAssertion
from services.token.errors import TokenRequestDenied
from services.token.store import spent_ids

_ALGORITHM_OF_KEY: Final = {"EC": "ES256", "RSA": "RS256"}
_MAX_BYTES: Final = 8192
_MAX_JTI: Final = 200
_LATEST_TIME: Final = 2**33
_TYPES: Final = (None, "JWT", "jwt", "client-authentication+jwt")


@dataclass(frozen=True, slots=True)
class AssertionVerifier:
    """`audiences`: what `aud` may be, the issuer and the token endpoint. `max_lifetime`: seconds until `exp`."""

    pool: Pool
    audiences: frozenset[str]
    max_lifetime: float = 300.0
    leeway: float = 30.0
    _decoder: jwt.PyJWT = field(default_factory=jwt.PyJWT)

    def claimed_client(self, presented: PresentedAssertion) -> str:
        """Who the assertion says that it is from. Nothing is proven by that. Raises TokenRequestDenied."""
        claims = self._unverified(presented.assertion)
        subject = claims.get("sub")
        if not isinstance(subject, str) or not is_possible_id(subject) or claims.get("iss") != subject:
            raise _refused("iss and sub must both be the client's id")
        if presented.claimed_client_id not in (None, subject):
            raise _refused("client_id names another client")
        return subject

    async def verify(self, assertion: str, client: Client, now: float) -> None:
        """Raises TokenRequestDenied unless the client signed this assertion, for us, lately, and for the first time."""
        claims = self._signed_claims(assertion, client)
        self._check_audience(claims.get("aud"))
        expires_at = self._checked_expiry(claims, now)
        await self._spend(client.client_id, claims.get("jti"), expires_at)

    def _unverified(self, assertion: str) -> dict[str, Any]:
        if len(assertion) > _MAX_BYTES:
            raise _refused("too large")
        try:
            claims: dict[str, Any] = self._decoder.decode(assertion, options={"verify_signature": False})
        except (jwt.PyJWTError, ValueError, RecursionError) as error:
            raise _refused("malformed") from error
        return claims

    def _signed_claims(self, assertion: str, client: Client) -> dict[str, Any]:
        header = _header(assertion)
        for key in _candidates(client.keys, header.get("kid")):
            algorithm = _ALGORITHM_OF_KEY.get(str(key.get("kty")), "")
            # The key decides the algorithm, never the header: else a public key could be used as an HMAC secret.
            if header.get("alg") != algorithm:
                continue
            try:
                claims: dict[str, Any] = self._decoder.decode(
                    assertion,
                    jwt.PyJWK(dict(key), algorithm).key,
                    algorithms=[algorithm],
                    options={"verify_aud": False, "verify_exp": False, "verify_nbf": False, "verify_iat": False},
                )
            except (jwt.PyJWTError, ValueError):
                continue
            return claims
        raise _refused("not signed by a key of the client")

    def _check_audience(self, audience: object) -> None:
        named = audience if isinstance(audience, list) else [audience]
        if not any(isinstance(name, str) and name in self.audiences for name in named):
            raise _refused("aud is not this server")

    def _checked_expiry(self, claims: Mapping[str, Any], now: float) -> float:
        expires_at = _time(claims, "exp")
        if expires_at is None or not now < expires_at <= now + self.max_lifetime + self.leeway:
            raise _refused("exp is missing, past, or too far away")
        for name in ("nbf", "iat"):
            if (_time(claims, name) or 0) > now + self.leeway:
                raise _refused(f"{name} is in the future")
        return expires_at

    async def _spend(self, client_id: str, jti: object, expires_at: float) -> None:
        if not isinstance(jti, str) or not 0 < len(jti) <= _MAX_JTI or not (jti.isascii() and jti.isprintable()):
            raise _refused("jti is missing, too long, or not of printable ASCII")
        until = datetime.fromtimestamp(expires_at, UTC)
        async with connection(self.pool) as acquired:
            is_new = await spent_ids.spend_assertion(acquired, client_id=client_id, jti=jti, expires_at=until)
        if not is_new:
            raise _refused("jti was used before")


def _header(assertion: str) -> dict[str, Any]:
    try:
        header: dict[str, Any] = jwt.get_unverified_header(assertion)
    except (jwt.PyJWTError, ValueError) as error:
        raise _refused("malformed header") from error
    if header.get("typ") not in _TYPES or "crit" in header or "b64" in header:
        raise _refused("typ, crit or b64")
    return header


def _candidates(keys: tuple[Mapping[str, Any], ...], kid: object) -> list[Mapping[str, Any]]:
    return [key for key in keys if kid is None or key.get("kid") in (None, kid)]


def _time(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < _LATEST_TIME:
        raise _refused(f"{name} is no time")
    return float(value)


def _refused(reason: str) -> TokenRequestDenied:
    return TokenRequestDenied(errors.CLIENT_CREDENTIALS_WRONG, f"client_assertion: {reason}")
