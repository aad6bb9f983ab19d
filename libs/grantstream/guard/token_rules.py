"""The rules for a token: which key verifies its header, and its claims once the signature is valid.

RFC 9068, section 4; RFC 7519, section 4.1. `jwk`, `jku`, `x5u` and `x5c` in the header are ignored: a key that comes
with the token proves nothing. `read_claims` checks the lasting rules, once; `refuse_outside_validity` checks the time,
at every use.
"""

from typing import Any, Final

from grantstream.contracts.claims import (
    ACCESS_TOKEN_TYPE,
    FENCE_CLAIM,
    MAX_TOKEN_LIFETIME,
    AccessTokenClaims,
    Principal,
)
from grantstream.contracts.log_position import LogPosition
from grantstream.contracts.scopes import parse_scope
from grantstream.guard.claim_types import (
    Payload,
    integer,
    text,
    text_or_none,
    texts,
    version,
    version_or_none,
)
from grantstream.guard.errors import TokenRefused
from grantstream.guard.key_set import KeySet, VerificationKey
from grantstream.guard.refusal_codes import RefusalCode

ALLOWED_ALGORITHMS: Final = frozenset({"RS256", "ES256"})

_LATEST_TIME: Final = 2**33
"""A time past the year 2200 is a mistake or an attack, never a token."""

_PRINCIPALS: Final = {principal.value: principal for principal in Principal}


def key_for(header: dict[str, Any], keys: KeySet) -> VerificationKey:
    """The key that a header names. Raises TokenRefused for any header but that of an access token of a known key."""
    if "crit" in header:
        raise TokenRefused(RefusalCode.CRIT_PRESENT)
    if "b64" in header:
        raise TokenRefused(RefusalCode.B64_PRESENT)
    if header.get("typ") != ACCESS_TOKEN_TYPE:
        raise TokenRefused(RefusalCode.TYP_WRONG)
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in ALLOWED_ALGORITHMS:
        raise TokenRefused(RefusalCode.ALG_NOT_ALLOWED)
    return _known_key(header.get("kid"), algorithm, keys)


def read_claims(payload: Payload, *, key_id: str, issuer: str) -> AccessTokenClaims:
    """The typed claims of an access token. Raises TokenRefused for the first broken rule."""
    if text(payload, "iss") != issuer:
        raise TokenRefused(RefusalCode.ISS_WRONG)
    principal = _principal(payload)
    claims = AccessTokenClaims(
        issuer=issuer,
        subject=text(payload, "sub"),
        audience=_audience(payload),
        client_id=text(payload, "client_id"),
        token_id=text(payload, "jti"),
        issued_at=_time(payload, "iat"),
        expires_at=_time(payload, "exp"),
        not_before=_time(payload, "nbf"),
        principal=principal,
        scopes=_scopes(payload),
        grant_type=text(payload, "grant_type"),
        # A system client is not a registered application, and has version 0.
        app_version=version(payload, "app_version", least=0),
        enablement_version=version_or_none(payload, "enablement_version"),
        user_version=version_or_none(payload, "user_version"),
        company_id=text_or_none(payload, "company_id"),
        roles=frozenset(texts(payload, "roles")),
        grant_id=text_or_none(payload, "grant_id"),
        secret_id=text_or_none(payload, "secret_id"),
        key_space=texts(payload, "key_space"),
        confirmation_thumbprint=_thumbprint(payload),
        fence_position=_fence_position(payload),
        key_id=key_id,
    )
    _refuse_incomplete(claims)
    _refuse_lifetime(claims)
    return claims


def refuse_outside_validity(claims: AccessTokenClaims, *, at: float, tolerance: float) -> None:
    """Raises TokenRefused unless the token is valid at `at` (epoch seconds).

    The minting clock may be ahead by `tolerance`; the end is exact, because the fence forgets by it.
    """
    if at >= claims.expires_at:
        raise TokenRefused(RefusalCode.EXPIRED)
    if at + tolerance < claims.not_before:
        raise TokenRefused(RefusalCode.NOT_YET_VALID)
    if at + tolerance < claims.issued_at:
        raise TokenRefused(RefusalCode.ISSUED_IN_FUTURE)


def refuse_audience(claims: AccessTokenClaims, audience: str) -> None:
    """Raises TokenRefused unless the token is meant for exactly `audience`."""
    if claims.audience != audience:
        raise TokenRefused(RefusalCode.AUD_WRONG)


def _known_key(kid: object, algorithm: str, keys: KeySet) -> VerificationKey:
    if not isinstance(kid, str) or not kid:
        raise TokenRefused(RefusalCode.KID_MISSING)
    key = keys.find(kid)
    if key is None:
        # No look-up elsewhere: a stranger's token could make this process fetch. New keys come by the log.
        raise TokenRefused(RefusalCode.KID_UNKNOWN)
    if key.algorithm != algorithm:
        # The key decides the algorithm, never the token (RFC 8725, section 3.1).
        raise TokenRefused(RefusalCode.ALG_NOT_OF_KEY)
    return key


def _audience(payload: Payload) -> str:
    # RFC 7519 allows a list too. Our issuer always writes one string.
    if isinstance(payload.get("aud"), list):
        raise TokenRefused(RefusalCode.AUD_WRONG, "a list")
    return text(payload, "aud")


def _principal(payload: Payload) -> Principal:
    principal = _PRINCIPALS.get(text(payload, "concur.type"))
    if principal is None:
        raise TokenRefused(RefusalCode.CLAIM_MISTYPED, "concur.type")
    return principal


def _time(payload: Payload, name: str) -> int:
    value = integer(payload, name)
    if not 0 < value < _LATEST_TIME:
        raise TokenRefused(RefusalCode.TIME_OUT_OF_BOUNDS, name)
    return value


def _scopes(payload: Payload) -> frozenset[str]:
    # Not read by `text`: a token without scopes is allowed.
    value = payload.get("scope")
    if value is None and "scope" not in payload:
        raise TokenRefused(RefusalCode.CLAIM_MISSING, "scope")
    if not isinstance(value, str) or "," in value:
        raise TokenRefused(RefusalCode.CLAIM_MISTYPED, "scope")
    try:
        return frozenset(parse_scope(value))
    except ValueError as error:
        raise TokenRefused(RefusalCode.CLAIM_MISTYPED, "scope") from error


def _thumbprint(payload: Payload) -> str | None:
    if "cnf" not in payload:
        return None
    confirmation = payload["cnf"]
    # An unknown way of binding the token must not be ignored (RFC 7800, section 3.1).
    if not isinstance(confirmation, dict) or confirmation.keys() != {"jkt"}:
        raise TokenRefused(RefusalCode.CLAIM_MISTYPED, "cnf")
    return text(confirmation, "jkt")


def _fence_position(payload: Payload) -> LogPosition | None:
    claim = text_or_none(payload, FENCE_CLAIM)
    try:
        return None if claim is None else LogPosition.from_claim(claim)
    except ValueError as error:
        raise TokenRefused(RefusalCode.CLAIM_MISTYPED, FENCE_CLAIM) from error


def _refuse_incomplete(claims: AccessTokenClaims) -> None:
    """Refuses a token without the claims by which it could be voided."""
    if claims.principal is not Principal.APPLICATION and claims.company_id is None:
        raise TokenRefused(RefusalCode.CLAIM_MISSING, "company_id")
    if claims.principal is Principal.USER and claims.user_version is None:
        raise TokenRefused(RefusalCode.CLAIM_MISSING, "user_version")
    # A system client has no version, acts for every company and is enabled by none.
    is_enabled = claims.principal is not Principal.APPLICATION and claims.app_version > 0
    if is_enabled and claims.enablement_version is None:
        raise TokenRefused(RefusalCode.CLAIM_MISSING, "enablement_version")


def _refuse_lifetime(claims: AccessTokenClaims) -> None:
    lifetime = claims.expires_at - claims.issued_at
    if lifetime <= 0:
        raise TokenRefused(RefusalCode.LIFETIME_NOT_POSITIVE)
    if lifetime > MAX_TOKEN_LIFETIME.total_seconds():
        raise TokenRefused(RefusalCode.LIFETIME_TOO_LONG)
