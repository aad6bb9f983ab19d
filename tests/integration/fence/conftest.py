"""Processes of a fence, as many as a test wants, on the real broker."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import jwt
import pytest
from aiokafka import AIOKafkaProducer
from cryptography.hazmat.primitives.asymmetric import ec

from deploy.local.kafka_broker import KafkaAccess
from grantstream.contracts.claims import ACCESS_TOKEN_TYPE, EVENTS_AUDIENCE, AccessTokenClaims, Principal
from grantstream.contracts.envelope import Envelope
from grantstream.contracts.events.fence import FenceReached, PermissionChanged
from grantstream.contracts.events.register import TYPE_OF_DATA
from grantstream.contracts.topics import FENCE
from grantstream.events.topic_admin import apply_topics
from grantstream.fence import Fence, FenceSettings, Identity, RawRecord
from grantstream.guard import EventRefused, Guard, KeySet

ISSUER = "http://issuer.example"
QUICK = FenceSettings(max_staleness=2.0, heartbeat=0.2, reconnect_after=1.0, answer_limit=5.0)
_KEY = ec.generate_private_key(ec.SECP256R1())
_KID = "test-key"


def event_token(client_id: str, *, key_space: tuple[str, ...] = ("*",), scope: str = FENCE.scope) -> str:
    """A token that lets `client_id` write to the fence."""
    now = int(time.time())
    claims = AccessTokenClaims(
        issuer=ISSUER,
        subject=client_id,
        audience=EVENTS_AUDIENCE,
        client_id=client_id,
        token_id=str(uuid.uuid4()),
        issued_at=now,
        not_before=now,
        expires_at=now + 3600,
        principal=Principal.APPLICATION,
        scopes=frozenset({scope}),
        grant_type="client_credentials",
        app_version=0,
        key_space=key_space,
    )
    return jwt.encode(claims.to_payload(), _KEY, algorithm="ES256", headers={"typ": ACCESS_TOKEN_TYPE, "kid": _KID})


class _Token:
    def __init__(self, client_id: str) -> None:
        self._token = event_token(client_id)

    async def current(self) -> str:
        return self._token


@dataclass
class Waters:
    """A broker with a fence topic, and the processes that a test started on it."""

    bootstrap_servers: str
    producer: AIOKafkaProducer
    started: list[Fence] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    def process(self, settings: FenceSettings = QUICK, *, observer: bool = False) -> Fence:
        client_id = str(uuid.uuid4())
        identity = Identity(client_id, str(uuid.uuid4()), "test", "other", observer)
        keys = KeySet()
        keys.add(jwt.algorithms.ECAlgorithm.to_jwk(_KEY.public_key(), as_dict=True) | {"kid": _KID})

        async def judge(raw: RawRecord) -> PermissionChanged | FenceReached | None:
            try:
                event = guard.read_event(
                    topic=FENCE, key=raw.key, headers=raw.headers, value=raw.value, appended_at=raw.appended_at
                )
            except EventRefused:
                return None
            return event.data if isinstance(event.data, PermissionChanged | FenceReached) else None

        fence = Fence(
            identity,
            settings,
            bootstrap_servers=self.bootstrap_servers,
            judge=judge,
            token=None if observer else _Token(client_id),
            on_lost=lambda: self.lost.append(client_id),
        )
        guard = Guard(issuer=ISSUER, audience=EVENTS_AUDIENCE, keys=keys, fence=fence)
        self.started.append(fence)
        return fence

    async def append(self, change: PermissionChanged, *, token: str | None = None) -> int:
        """Appends a change as a relay would, and gives its offset."""
        event_type = TYPE_OF_DATA[PermissionChanged]
        envelope = Envelope(
            id=str(uuid.uuid4()),
            type=event_type.name,
            source="urn:grantstream:service:test",
            subject=change.subject,
            time=datetime.now(UTC),
            dataschema=event_type.dataschema,
        )
        headers = [*envelope.headers(), ("authorization", f"Bearer {token or event_token('relay')}".encode())]
        done = await self.producer.send_and_wait(
            FENCE.name, change.to_bytes(), key=change.subject.encode(), partition=0, headers=headers
        )
        return int(done.offset)


@pytest.fixture
async def waters(kafka: KafkaAccess) -> AsyncIterator[Waters]:
    await apply_topics(kafka.bootstrap_servers)
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap_servers, acks="all") as producer:
        waters = Waters(kafka.bootstrap_servers, producer)
        yield waters
        await asyncio.gather(*(fence.stop() for fence in waters.started))
