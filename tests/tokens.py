"""Signed tokens for tests, a guard that believes them, and records as the platform's producers write them."""

import time
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from grantstream.contracts import subjects
from grantstream.contracts.claims import EVENTS_AUDIENCE, AccessTokenClaims, Principal
from grantstream.contracts.envelope import Envelope
from grantstream.contracts.events.register import TYPE_OF_DATA
from grantstream.contracts.events.state import EventData
from grantstream.contracts.topics import FENCE
from grantstream.fence import RuleBook
from grantstream.guard import Guard, KeySet
from grantstream.proof import Credential, ProofKey, RecordContent, prove

ISSUER = "https://issuer.test"
EVENT_SCOPES = frozenset(
    f"{name}.event.writeonly" for name in ("app", "enablement", "company", "user", "key", "grant", "usage", "receipt")
) | {"fence.event.writeonly"}
EVERY_KEY = tuple(
    f"{kind}/*"
    for kind in ("app", "enablement", "secret", "company", "user", "key", "grant", "token", "usage", "receipt")
)


@dataclass
class FreshFence:
    """A fence that is always fresh. What is voided goes through `rules`, which is the real thing."""

    rules: RuleBook = field(default_factory=RuleBook)
    fresh: bool = True

    def is_fresh(self) -> bool:
        """As the test says."""
        return self.fresh


PRODUCER_KEY = ProofKey.generate()
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
        """A key set that knows this mint alone."""
        return KeySet.from_jwks({"keys": [self.jwk]})

    def guard(self, *, audience: str = EVENTS_AUDIENCE, fence: FreshFence | None = None, **options: Any) -> Guard:
        """A guard that believes this mint's tokens. For events it only matters who signed; see `audience` for HTTP."""
        return Guard(
            issuer=ISSUER,
            audience=audience,
            keys=options.pop("keys", None) or self.keys(),
            fence=fence or FreshFence(),
            **options,
        )

    def token(self, claims: AccessTokenClaims | None = None, **changes: Any) -> str:
        """A token with these claims (those of a producer of everything by default), some of them changed.

        For events it is bound to `proof_key`, unless the changes say `confirmation_thumbprint`.
        """
        claims = claims or producer_claims()
        if claims.audience == EVENTS_AUDIENCE and claims.confirmation_thumbprint is None:
            changes = {"confirmation_thumbprint": self.proof_key.thumbprint} | changes
        return self.signed(replace(claims, **changes).to_payload())

    def credential(self, claims: AccessTokenClaims | None = None, **changes: Any) -> Credential:
        """Such a token, and the key that it is bound to."""
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


@dataclass
class FixedToken:
    """A CredentialSource that hands out given tokens one after the other, and the last one for ever."""

    tokens: list[str]
    key: ProofKey = PRODUCER_KEY
    asked: int = 0

    @classmethod
    def of(cls, *tokens: str, key: ProofKey = PRODUCER_KEY) -> "FixedToken":
        """These tokens, all bound to `key`."""
        return cls(list(tokens), key)

    async def current(self) -> Credential:
        """The next token, with its key."""
        token = self.tokens[min(self.asked, len(self.tokens) - 1)]
        self.asked += 1
        return Credential(token, self.key)


def record(event: EventData, **attributes: Any) -> RecordContent:
    """An event as it is written to its topic, still without token and proof. `attributes`: of its envelope."""
    event_type = TYPE_OF_DATA[type(event)]
    subject = str(attributes.get("subject") or getattr(event, "subject"))  # noqa: B009 - not every EventData has one
    fields: dict[str, Any] = {
        "id": str(uuid.uuid4()),
        "type": event_type.name,
        "source": "urn:grantstream:service:test",
        "subject": subject,
        "time": datetime.now(UTC),
        "dataschema": event_type.dataschema,
    }
    key = subject if event_type.topic is FENCE else subjects.record_key(subject)
    headers = Envelope(**fields | attributes).headers()
    return RecordContent(event_type.topic.name, key.encode(), event.to_bytes(), headers)


def signed_headers(
    token: str,
    *,
    topic: str,
    key: bytes | None,
    value: bytes | None,
    headers: Sequence[tuple[str, bytes | None]],
    proof_key: ProofKey = PRODUCER_KEY,
) -> list[tuple[str, bytes | None]]:
    """The headers of a record, with the token and the proof for exactly this content in a window of its own."""
    [shown] = prove(Credential(token, proof_key), [RecordContent(topic, key, value, headers)])
    return [*headers, *shown]


def signed_record(
    token: str, event: EventData, *, proof_key: ProofKey = PRODUCER_KEY, **attributes: Any
) -> RecordContent:
    """A whole valid record of an event: `record` with token and proof."""
    bare = record(event, **attributes)
    headers = signed_headers(
        token, topic=bare.topic, key=bare.key, value=bare.value, headers=bare.headers, proof_key=proof_key
    )
    return replace(bare, headers=headers)


def bearer(token: str) -> tuple[str, bytes]:
    """The Kafka header with a producer's token, without a proof."""
    return ("authorization", f"Bearer {token}".encode())


def without(headers: Iterable[tuple[str, bytes]], name: str) -> list[tuple[str, bytes]]:
    """The headers but for one."""
    return [(header, value) for header, value in headers if header != name]
