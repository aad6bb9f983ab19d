"""What everybody may read: the public keys (RFC 7517), and what this server can do (RFC 8414, OIDC Discovery)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from starlette.types import Receive, Scope, Send

from grantstream.contracts.scope_catalogue import CATALOGUE
from grantstream.guard.key_set import ENDED_KEYS
from grantstream.service.answers import send_answer
from services.token.domain.client_authentication import AuthenticationMethod
from services.token.domain.signing_key import SigningAlgorithm, SigningKey
from services.token.use_cases.current_keys import CurrentKeys
from services.token.use_cases.verify_dpop_proof import ALGORITHM

_CACHE: Final = (b"cache-control", b"public, max-age=300")
_ANYBODY: Final = (b"access-control-allow-origin", b"*")


class PublishedDocument:
    """A JSON document that stays the same as long as this process runs."""

    def __init__(self, document: dict[str, Any], media_type: str = "application/json") -> None:
        self._body = orjson.dumps(document)
        self._media_type = media_type

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Answers with the document."""
        await send_answer(send, 200, self._media_type, self._body, (_CACHE, _ANYBODY))


class PublishedKeys:
    """The JWK set as it is at the moment."""

    def __init__(self, keys: CurrentKeys) -> None:
        self._keys = keys

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Answers with the set."""
        body = orjson.dumps(key_set(await self._keys.listed(), datetime.now(UTC)))
        await send_answer(send, 200, "application/jwk-set+json", body, (_CACHE, _ANYBODY))


def key_set(keys: Sequence[SigningKey], now: datetime) -> dict[str, Any]:
    """The JWK set: what tokens that are alive are signed with, and what will sign next.

    Beside it, for processes of the platform, which keys ended lately and how: what they have signed on the fence still
    counts, and a process that starts must not depend on `key.published` for that. Older keys, which events are still
    judged by, are only there.
    """
    return {
        "keys": [dict(key.public_jwk) for key in keys if key.is_listed(now)],
        ENDED_KEYS: [key.published_event().model_dump(mode="json") for key in keys if key.has_ended_lately(now)],
    }


def discovery(base_url: str, grant_types: Sequence[str]) -> dict[str, Any]:
    """The metadata of this authorization server; only what exists is named."""
    return {
        "issuer": base_url,
        "token_endpoint": f"{base_url}/oauth2/v0/token",
        "jwks_uri": f"{base_url}/oauth2/v0/jwks",
        "scopes_supported": sorted(CATALOGUE),
        "response_types_supported": [],
        "grant_types_supported": sorted(grant_types),
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": sorted(SigningAlgorithm),
        "token_endpoint_auth_methods_supported": sorted(AuthenticationMethod),
        "token_endpoint_auth_signing_alg_values_supported": sorted(SigningAlgorithm),
        "dpop_signing_alg_values_supported": [ALGORITHM],
        "claims_supported": ["sub", "iss", "aud", "iat", "nbf", "exp", "at_hash", "auth_time"],
    }
