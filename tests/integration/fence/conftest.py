"""Processes of a fence, as many as a test wants, on the real broker."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiokafka import AIOKafkaProducer

from deploy.local.server_access import KafkaAccess
from grantstream.contracts.claims import EVENTS_AUDIENCE
from grantstream.contracts.events.fence import PermissionChanged
from grantstream.contracts.topics import FENCE
from grantstream.fence import Fence, FenceSettings, Identity
from grantstream.guard import Guard, KeySet
from grantstream.guard.fence_judge import FenceJudge
from grantstream.guard.key_follower import KeyFollower
from grantstream.kafka.topic_admin import apply_topics
from grantstream.testing import FixedCredentials, Mint, signed_record
from grantstream.testing.mint import ISSUER

QUICK = FenceSettings(max_staleness=2.0, heartbeat=0.2, reconnect_after=1.0, answer_limit=5.0)
MINT = Mint()


def event_token(client_id: str, *, key_space: tuple[str, ...] = ("*",), scope: str = FENCE.scope) -> str:
    """A token that lets `client_id` write to the fence."""
    return MINT.token(client_id=client_id, key_space=key_space, scopes=frozenset({scope}), app_version=0)


class NothingToLearn(KeyFollower):
    """All keys are known. The broker is shared: records of other tests, by other keys, are just not believed."""

    async def catch_up(self, limit: float) -> None:
        """At once."""


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
        judge = FenceJudge()
        fence = Fence(
            identity,
            settings,
            bootstrap_servers=self.bootstrap_servers,
            judge=judge.judge,
            token=None if observer else FixedCredentials.of(event_token(client_id)),
            on_lost=lambda: self.lost.append(client_id),
        )
        judge.guard = Guard(issuer=ISSUER, audience=EVENTS_AUDIENCE, keys=MINT.keys(), fence=fence)
        judge.follower = NothingToLearn(self.bootstrap_servers, judge.guard, KeySet())
        self.started.append(fence)
        return fence

    async def append(self, change: PermissionChanged, *, token: str | None = None) -> int:
        """Appends a change as a relay would, and gives its offset."""
        record = signed_record(token or event_token("relay"), change)
        done = await self.producer.send_and_wait(
            record.topic, record.value, key=record.key, partition=0, headers=list(record.headers)
        )
        return int(done.offset)


@pytest.fixture
async def waters(kafka: KafkaAccess) -> AsyncIterator[Waters]:
    await apply_topics(kafka.bootstrap_servers)
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap_servers, acks="all") as producer:
        waters = Waters(kafka.bootstrap_servers, producer)
        yield waters
        await asyncio.gather(*(fence.stop() for fence in waters.started))
