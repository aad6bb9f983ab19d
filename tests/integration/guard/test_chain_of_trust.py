"""Who comes long after an event was written can still tell whether its producer was allowed to write it."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from deploy.local.server_access import KafkaAccess
from grantstream.contracts.events.registration import AppEnabled
from grantstream.contracts.events.state import EventData
from grantstream.contracts.events.token import KeyPublished
from grantstream.fence import FenceSettings, Identity
from grantstream.guard import EventRefused, RefusalCode
from grantstream.guard.guarded_process import GuardedProcess
from grantstream.guard.kafka_record import judge_record
from grantstream.kafka.topic_admin import apply_topics
from grantstream.testing import FixedCredentials, Mint, signed_record
from grantstream.testing.mint import ISSUER, producer_claims

QUICK = FenceSettings(max_staleness=2.0, heartbeat=0.2, reconnect_after=1.0, answer_limit=5.0)
RETIRED_SECONDS_AGO = 60
LONG_AGO = 90
"""Seconds before now at which the first key still signed."""


class Platform:
    """What has been written to the topics of a platform, by whom, and whom it can be shown to."""

    def __init__(self, bootstrap_servers: str, producer: AIOKafkaProducer) -> None:
        self._bootstrap_servers = bootstrap_servers
        self._producer = producer
        self._started: list[GuardedProcess] = []

    async def write(self, event: EventData, *, by: Mint, issued: float = 0) -> Any:
        """Appends an event under a token that `by` signed, `issued` seconds before now; gives its place."""
        token = by.token(producer_claims(now=time.time() - issued))
        record = signed_record(token, event)
        return await self._producer.send_and_wait(
            record.topic, record.value, key=record.key, headers=list(record.headers)
        )

    async def rotate(self, *, before: list[Mint], after: Mint, seconds_ago: float = RETIRED_SECONDS_AGO) -> None:
        """The last key of `before` gives way to another, as the token service tells of it."""
        await self.write(_published(after), by=before[-1], issued=LONG_AGO)
        for retired in before:
            await self.write(_published(retired, retired_at=time.time() - seconds_ago), by=after)

    async def process(self, knows: Mint, *, observer: bool) -> GuardedProcess:
        """A process that begins with one key, once it is current."""
        client_id = str(uuid.uuid4())
        process = GuardedProcess(
            Identity(client_id, str(uuid.uuid4()), "test", "other", observer),
            QUICK,
            issuer=ISSUER,
            bootstrap_servers=self._bootstrap_servers,
            keys=knows.keys(),
            token=None if observer else FixedCredentials.of(knows.token(client_id=client_id)),
            count_refusal=lambda _: None,
        )
        self._started.append(process)
        await process.start()
        return process

    async def read(self, place: Any) -> Any:
        """The record at a place."""
        partition = TopicPartition(place.topic, place.partition)
        async with AIOKafkaConsumer(bootstrap_servers=self._bootstrap_servers, group_id=None) as consumer:
            consumer.assign([partition])
            consumer.seek(partition, place.offset)
            return await asyncio.wait_for(consumer.getone(), 10)

    async def end(self) -> None:
        await asyncio.gather(*(process.stop() for process in reversed(self._started)))


def _published(key: Mint, *, retired_at: float | None = None) -> KeyPublished:
    return KeyPublished(
        kid=key.kid,
        jwk=key.jwk,
        version=1,
        created_at=datetime.now(UTC),
        retired=retired_at is not None,
        retired_at=None if retired_at is None else datetime.fromtimestamp(retired_at, UTC),
    )


def _enabled() -> AppEnabled:
    return AppEnabled(
        version=1, app_id=str(uuid.uuid4()), company_id="company", enabled=True, updated_at=datetime.now(UTC)
    )


@pytest.fixture
async def platform(kafka: KafkaAccess) -> AsyncIterator[Platform]:
    await apply_topics(kafka.bootstrap_servers)
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap_servers, acks="all") as producer:
        platform = Platform(kafka.bootstrap_servers, producer)
        yield platform
        await platform.end()


async def test_a_new_observer_verifies_events_two_rotations_old(platform: Platform) -> None:
    first, second, third, thief = Mint(), Mint(), Mint(), Mint()
    await platform.write(_published(first), by=first, issued=LONG_AGO)
    old = await platform.write(_enabled(), by=first, issued=LONG_AGO)
    await platform.rotate(before=[first], after=second)
    await platform.rotate(before=[first, second], after=third)
    late = await platform.write(_enabled(), by=first)
    await platform.write(_published(thief), by=first, issued=LONG_AGO)

    await platform.process(third, observer=False)
    observer = await platform.process(third, observer=True)

    judged = judge_record(observer.event_guard, await platform.read(old))
    assert judged.claims.key_id == first.kid
    with pytest.raises(EventRefused) as refused:
        judge_record(observer.event_guard, await platform.read(late))
    assert refused.value.code is RefusalCode.KEY_RETIRED
    assert observer.keys.find(second.kid) is not None
    assert observer.keys.find(thief.kid) is None


async def test_an_observer_with_an_old_key_verifies_later_keys(platform: Platform) -> None:
    first, second, third = Mint(), Mint(), Mint()
    await platform.rotate(before=[first], after=second, seconds_ago=0)
    await platform.rotate(before=[first, second], after=third, seconds_ago=0)
    await platform.process(third, observer=False)
    observer = await platform.process(first, observer=True)
    new = await platform.write(_enabled(), by=third)
    assert judge_record(observer.event_guard, await platform.read(new)).claims.key_id == third.kid
    assert observer.keys.standing(first.kid) is not None
