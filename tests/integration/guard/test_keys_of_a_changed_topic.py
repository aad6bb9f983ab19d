"""Every signing key is known that stands on `key.published`, whatever an operator did to the topic a moment before."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from grantstream.contracts import subjects
from grantstream.contracts.events.fence import PermissionChanged
from grantstream.contracts.events.token import KeyPublished
from grantstream.contracts.topics import FENCE, KEY_PUBLISHED
from grantstream.fence import FenceSettings, Identity
from grantstream.guard import KeySet
from grantstream.guard.guarded_process import GuardedProcess
from grantstream.guard.key_follower import KeyFollower
from grantstream.kafka.followed_topics import Log
from grantstream.kafka.groupless_consumer import GrouplessConsumer
from grantstream.testing import FixedCredentials, Mint, signed_record
from grantstream.testing.mint import ISSUER
from tests.deeds.own_broker import OwnBroker
from tests.deeds.topic_operator import Operator

QUICK = FenceSettings(max_staleness=8.0, heartbeat=0.2, reconnect_after=2.0, answer_limit=30.0)
LIMIT = 60.0
NOW = datetime(2026, 11, 22, tzinfo=UTC)


class Ground:
    """A broker with a new `key.published` of six partitions, and somebody who publishes keys there."""

    def __init__(self, operator: Operator, producer: AIOKafkaProducer) -> None:
        self.operator = operator
        self.mint = Mint()
        self.keys = self.mint.keys()
        self.follower = self.new_follower(self.keys)
        self.lost = asyncio.Event()
        self._producer = producer

    def new_follower(self, keys: KeySet) -> KeyFollower:
        return KeyFollower(self.operator.bootstrap_servers, self.mint.guard(keys=keys), keys)

    @asynccontextmanager
    async def following(self) -> AsyncIterator[KeyFollower]:
        """The follower runs; after that it has come somewhere, and can be run again."""
        running = asyncio.create_task(self.follower.run())
        try:
            await self.follower.catch_up(LIMIT)
            yield self.follower
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    async def publish(self, *keys: Mint, partition: int) -> None:
        await self._producer.client.force_metadata_update()
        for key in keys:
            event = KeyPublished(kid=key.kid, jwk=key.jwk, version=1, created_at=NOW)
            record = signed_record(self.mint.token(), event)
            await self._producer.send_and_wait(
                record.topic, record.value, key=record.key, headers=list(record.headers), partition=partition
            )

    async def announce(self, key: Mint) -> str:
        """Appends that a key is about to sign; the subject."""
        await self.change(subjects.signing_key(key.kid), by=self.mint, version=1)
        return subjects.signing_key(key.kid)

    async def change(self, subject: str, *, by: Mint, version: int = 2) -> None:
        """Appends that a subject changed, under a token that `by` signed."""
        record = signed_record(by.token(), PermissionChanged(subject=subject, version=version))
        await self._producer.send_and_wait(FENCE.name, record.value, key=record.key, headers=list(record.headers))

    def knows(self, *keys: Mint) -> bool:
        return all(self.keys.find(key.kid) is not None for key in keys)

    async def process(self, keys: KeySet | None = None) -> GuardedProcess:
        client_id = str(uuid.uuid4())
        return GuardedProcess(
            Identity(client_id, str(uuid.uuid4()), "test", "other"),
            QUICK,
            issuer=ISSUER,
            bootstrap_servers=self.operator.bootstrap_servers,
            keys=keys or self.keys,
            token=FixedCredentials.of(self.mint.token(client_id=client_id)),
            count_refusal=lambda _: None,
            on_lost=self.lost.set,
        )


@pytest.fixture
async def ground(own_kafka: OwnBroker) -> AsyncIterator[Ground]:
    operator = Operator(own_kafka.bootstrap_servers)
    await operator.create_missing()
    await operator.replace(KEY_PUBLISHED.name)
    async with AIOKafkaProducer(bootstrap_servers=own_kafka.bootstrap_servers, acks="all") as producer:
        yield Ground(operator, producer)


async def test_catching_up_reads_keys_in_just_added_partitions(ground: Ground) -> None:
    async with ground.following() as follower:
        for partition in range(6, 12):
            await ground.operator.grow(KEY_PUBLISHED.name, partition + 1)
            key = Mint()
            await ground.publish(key, partition=partition)
            await follower.catch_up(LIMIT)
            assert ground.knows(key)


async def test_changes_by_keys_in_new_partitions_are_applied(ground: Ground) -> None:
    process = await ground.process()
    await process.start()
    try:
        await ground.operator.grow(KEY_PUBLISHED.name, 12)
        for partition in range(6, 12):
            newer, subject = Mint(), subjects.app(str(uuid.uuid4()))
            await ground.publish(newer, partition=partition)
            await ground.change(subject, by=newer)
            assert (await process.fence.wait_until_reached(subject, 2, limit=LIMIT)).reached
        assert process.fence.is_fresh()
    finally:
        await process.stop()


async def test_missing_a_key_ends_a_process_and_the_next_gets_it(
    ground: Ground,
) -> None:
    """The key is not on the topic any more: the next process reads it from the issuer."""
    running, missed, subject = await ground.process(), Mint(), subjects.app(str(uuid.uuid4()))
    await running.start()
    try:
        announced = await ground.announce(missed)
        await ground.change(subject, by=missed)
        async with asyncio.timeout(LIMIT):
            await ground.lost.wait()
        assert not running.fence.is_fresh()
        assert running.fence.rules.floor(announced) == 0
    finally:
        await running.stop()
    fresh = await ground.process(KeySet.from_jwks({"keys": [ground.mint.jwk, missed.jwk]}))
    await fresh.start()
    try:
        assert fresh.fence.rules.floor(subject) == 2
    finally:
        await fresh.stop()


async def test_a_fresh_process_applies_changes_by_a_withdrawn_key(
    ground: Ground,
) -> None:
    """The key signed before it was withdrawn. Its topic is empty: the issuer lists the key as ended."""
    withdrawn, subject = Mint(), subjects.app(str(uuid.uuid4()))
    await ground.announce(withdrawn)
    await ground.change(subject, by=withdrawn)
    ended = KeyPublished(
        kid=withdrawn.kid,
        jwk=withdrawn.jwk,
        version=3,
        retired=True,
        created_at=NOW,
        retired_at=datetime.now(UTC) + timedelta(seconds=1),
        withdrawn_at=datetime.now(UTC) + timedelta(seconds=1),
    )
    document = {"keys": [ground.mint.jwk], "ended_keys": [ended.model_dump(mode="json")]}
    fresh = await ground.process(KeySet.from_jwks(document))
    await fresh.start()
    try:
        assert fresh.fence.rules.floor(subject) == 2
    finally:
        await fresh.stop()


async def test_a_fresh_process_reads_unregistered_partitions(ground: Ground) -> None:
    await ground.operator.grow(KEY_PUBLISHED.name, 9)
    key = Mint()
    await ground.publish(key, partition=8)
    async with ground.following():
        assert ground.knows(key)


async def test_a_recreated_topic_is_read_from_its_start(ground: Ground) -> None:
    old, new = [Mint() for _ in range(3)], Mint()
    await ground.publish(*old, partition=0)
    async with ground.following() as follower:
        assert ground.knows(*old)
        await ground.operator.replace(KEY_PUBLISHED.name)
        await ground.publish(new, partition=0)
        await follower.catch_up(LIMIT)
        assert ground.knows(*old, new)


async def test_a_new_log_longer_than_the_old_is_read_from_start(ground: Ground) -> None:
    old, new = Mint(), [Mint() for _ in range(3)]
    await ground.publish(old, partition=0)
    async with ground.following():
        assert ground.knows(old)
    await ground.operator.replace(KEY_PUBLISHED.name)
    await ground.publish(*new, partition=0)
    async with ground.following():
        assert ground.knows(*new)


async def test_catching_up_on_keys_fails_without_their_topic(ground: Ground) -> None:
    async with ground.following() as follower:
        await ground.operator.delete(KEY_PUBLISHED.name)
        with pytest.raises((KafkaError, TimeoutError)):
            await follower.catch_up(3.0)
        await ground.operator.create_missing()
        key = Mint()
        await ground.publish(key, partition=1)
        await follower.catch_up(LIMIT)
        assert ground.knows(key)


async def test_keys_left_on_a_topic_after_a_deletion_are_read(ground: Ground) -> None:
    read, deleted, left = Mint(), Mint(), Mint()
    await ground.publish(read, partition=0)
    async with ground.following():
        assert ground.knows(read)
    await ground.publish(deleted, left, partition=0)
    await ground.operator.set_config(KEY_PUBLISHED.name, {"cleanup.policy": "compact,delete"})
    await ground.operator.delete_records(KEY_PUBLISHED.name, leave=1)
    async with ground.following():
        assert ground.knows(read, left)


async def test_a_place_beyond_the_end_of_a_log_proves_nothing(ground: Ground) -> None:
    """It was reached in another log. Only the follower's next look at what is there now can prove anything."""
    await ground.publish(Mint(), partition=0)
    topic = await ground.operator.topic(KEY_PUBLISHED.name)
    assert topic is not None
    servers = ground.operator.bootstrap_servers
    async with GrouplessConsumer(bootstrap_servers=servers) as ground.follower._surveyor:
        ground.follower._reached = {Log(topic.topic_id, number): 1_000 for number in topic.partitions}
        with pytest.raises(TimeoutError):
            await ground.follower.catch_up(3.0)
        ground.follower._reached = {Log(topic.topic_id, number): 1 if number == 0 else 0 for number in topic.partitions}
        await ground.follower.catch_up(LIMIT)
