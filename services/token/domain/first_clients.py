"""The clients that exist before any application: their key spaces and scopes."""

from collections.abc import Mapping
from typing import Any, Final

from grantstream.contracts.scope_catalogue import ADMINISTRATION_SCOPES, CATALOGUE, is_event_scope
from grantstream.contracts.topics import FENCE, KEY_PUBLISHED, TOPICS, Owner
from services.token.domain.client_authentication import AuthenticationMethod
from services.token.domain.system_clients import JsonWebKeys, SystemClient

ADMIN_CLIENT: Final = "admin_client"
OPERATOR: Final = "cli"
KEY_SPACES: Final[Mapping[str, tuple[str, ...]]] = {
    "registration": ("app/*", "enablement/*", "secret/*"),
    "token": ("company/*", "user/*", "key/*", "grant/*", "token/*", "usage/*"),
    "receipts": ("receipt/*", "usage/*"),
    OPERATOR: tuple(
        f"{kind}/*" for kind in ("app", "enablement", "secret", "company", "user", "grant", "token", "usage", "receipt")
    ),
}
"""The key space of each client.

The command line may publish every event that an operator may need for repairs. Signing keys are not among them: a
publisher of keys could forge any token, so only the token service publishes them.
"""


def key_client(name: str, client_id: str, jwk: Mapping[str, Any]) -> SystemClient:
    """A client that authenticates with the key whose public half is `jwk`."""
    return SystemClient(
        client_id=client_id,
        name=name,
        scopes=scopes_of(name),
        key_space=KEY_SPACES[name],
        token_endpoint_auth_method=AuthenticationMethod.PRIVATE_KEY_JWT,
        jwks=JsonWebKeys(keys=(dict(jwk),)),
        grants=("client_credentials",),
    )


def administration_client(client_id: str, secret_digest: str) -> SystemClient:
    """The client of tools and tests: with its secret and a user's password it acts as that user."""
    return SystemClient(
        client_id=client_id,
        name=ADMIN_CLIENT,
        scopes=("openid", *sorted(ADMINISTRATION_SCOPES)),
        token_endpoint_auth_method=AuthenticationMethod.CLIENT_SECRET_BASIC,
        secret_digest=secret_digest,
        grants=("password",),
    )


def scopes_of(client: str) -> tuple[str, ...]:
    """A client's event scopes: those of its own topics; for the operator, all but that of signing keys."""
    if client == OPERATOR:
        return tuple(sorted({name for name in CATALOGUE if is_event_scope(name)} - {KEY_PUBLISHED.scope}))
    owned = {topic.scope for topic in TOPICS.values() if Owner(client) in topic.owners}
    return tuple(sorted(owned | {FENCE.scope}))
