"""Signed access tokens for tests, and a guard that believes them."""

import time
import uuid
from dataclasses import replace
from functools import cached_property
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from grantstream.contracts.claims import EVENTS_AUDIENCE, AccessTokenClaims, Principal
from grantstream.guard import Guard, KeySet
from grantstream.proof import Credential, ProofKey
from grantstream.testing.fake_fence import FakeFence

ISSUER: Final = "https://issuer.test"
EVENT_SCOPES: Final = frozenset(
    f"{name}.event.writeonly" for name in ("app", "enablement", "company", "user", "key", "grant", "usage", "receipt")
) | {"fence.event.writeonly"}
EVERY_KEY: Final = tuple(
    f"{kind}/*"
    for kind in ("app", "enablement", "secret", "company", "user", "key", "grant", "token", "usage", "receipt")
)


PRODUCER_KEY: Final = ProofKey.generate()
"""The key that tokens for events are bound to, unless a test binds one to another."""


class Mint:
    """Signs access tokens with an ES256 key of its own, and is trusted by the guards that it makes."""

    def __init__(self, kid: str | None = None, *, proof_key: ProofKey = PRODUCER_KEY) -> None:
        self.proof_key = proof_key
        self.kid = kid or f"kid-{uuid.uuid4()}"
        self.private_key = ec.generate_private_key(ec.SECP256R1())

    @cached_property
    def jwk(self) -> dict[str, Any]:
        """The public key (RFC 7517)."""
        jwk = ECAlgorithm.to_jwk(self.private_key.public_key(), as_dict=True)
        return {**jwk, "kid": self.kid, "alg": "ES256", "use": "sig"}

    def keys(self) -> KeySet:
        """A key set with only this mint's key."""
        return KeySet.from_jwks({"keys": [self.jwk]})

    def guard(self, *, audience: str = EVENTS_AUDIENCE, fence: FakeFence | None = None, **options: Any) -> Guard:
        """A guard that believes this mint's tokens; `audience` matters for requests only."""
        return Guard(
            issuer=ISSUER,
            audience=audience,
            keys=options.pop("keys", None) or self.keys(),
            fence=fence or FakeFence(),
            **options,
        )

    def token(self, claims: AccessTokenClaims | None = None, **changes: Any) -> str:
        """A token with these claims (by default those of a producer of every event), with `changes`.

        For events it is bound to `proof_key`, unless the changes have a `confirmation_thumbprint`.
        """
        claims = claims or producer_claims()
        if claims.audience == EVENTS_AUDIENCE and claims.confirmation_thumbprint is None:
            changes = {"confirmation_thumbprint": self.proof_key.thumbprint} | changes
        return self.signed(replace(claims, **changes).to_payload())

    def credential(self, claims: AccessTokenClaims | None = None, **changes: Any) -> Credential:
        """A `token` and the key that it is bound to."""
        return Credential(self.token(claims, **changes), self.proof_key)

    def signed(self, payload: dict[str, Any], **header: Any) -> str:
        """A token with exactly this payload."""
        return jwt.encode(
            payload, self.private_key, algorithm="ES256", headers={"typ": "at+jwt", "kid": self.kid, **header}
        )


def producer_claims(*, now: float | None = None, **changes: Any) -> AccessTokenClaims:
    """The claims of a client that may write every event, valid for half an hour from `now`."""
    issued_at = int(time.time() if now is None else now)
    claims = AccessTokenClaims(
        issuer=ISSUER,
        subject="producer",
        audience=EVENTS_AUDIENCE,
        client_id="producer",
        token_id=str(uuid.uuid4()),
        issued_at=issued_at,
        not_before=issued_at,
        expires_at=issued_at + 1800,
        principal=Principal.APPLICATION,
        scopes=EVENT_SCOPES,
        grant_type="client_credentials",
        app_version=1,
        key_space=EVERY_KEY,
    )
    return replace(claims, **changes)
