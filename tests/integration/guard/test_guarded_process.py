"""Keys that come while processes run, on a real broker."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from aiokafka import AIOKafkaProducer

from deploy.local.server_access import KafkaAccess
from grantstream.contracts import subjects
from grantstream.contracts.events.fence import PermissionChanged
from grantstream.contracts.events.state import EventData
from grantstream.contracts.events.token import KeyPublished
from grantstream.fence import FenceSettings, Identity, RawRecord
from grantstream.guard.fence_judge import FenceJudge
from grantstream.guard.guarded_process import GuardedProcess
from grantstream.guard.key_follower import KeyFollower
from grantstream.kafka.topic_admin import apply_topics
from grantstream.testing import FixedCredentials, Mint, signed_record
from grantstream.testing.mint import ISSUER

QUICK = FenceSettings(max_staleness=2.0, heartbeat=0.2, reconnect_after=1.0, answer_limit=5.0)
LOG_APPEND_TIME = 1
NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
async def producer(kafka: KafkaAccess) -> AsyncIterator[AIOKafkaProducer]:
    await apply_topics(kafka.bootstrap_servers)
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap_servers, acks="all") as producer:
        yield producer


@pytest.fixture
def mint() -> Mint:
    return Mint()


@pytest.fixture
async def process(kafka: KafkaAccess, producer: AIOKafkaProducer, mint: Mint) -> AsyncIterator[GuardedProcess]:
    client_id = str(uuid.uuid4())
    process = GuardedProcess(
        Identity(client_id, str(uuid.uuid4()), "test", "other"),
        QUICK,
        issuer=ISSUER,
        bootstrap_servers=kafka.bootstrap_servers,
        keys=mint.keys(),
        token=FixedCredentials.of(mint.token(client_id=client_id)),
        count_refusal=lambda _: None,
    )
    await process.start()
    yield process
    await process.stop()


async def _append(producer: AIOKafkaProducer, event: EventData, token: str) -> None:
    record = signed_record(token, event)
    await producer.send_and_wait(record.topic, record.value, key=record.key, headers=list(record.headers))


def _raw(change: PermissionChanged, token: str) -> RawRecord:
    record = signed_record(token, change)
    appended_at = int(time.time() * 1000)
    return RawRecord(record.topic, 0, appended_at, LOG_APPEND_TIME, record.key, tuple(record.headers), record.value)


def _published(mint: Mint, kid: str | None = None) -> KeyPublished:
    return KeyPublished(kid=kid or mint.kid, jwk=mint.jwk, version=1, created_at=NOW)


def _change() -> PermissionChanged:
    return PermissionChanged(subject=subjects.app(str(uuid.uuid4())), version=2)


async def test_an_unread_key_is_read_before_its_record_is_judged(
    kafka: KafkaAccess, producer: AIOKafkaProducer, mint: Mint
) -> None:
    newer, keys = Mint(), mint.keys()
    event = _published(newer)
    await _append(producer, event, mint.token())
    judge = FenceJudge()
    judge.guard = mint.guard(keys=keys)
    judge.follower = KeyFollower(kafka.bootstrap_servers, judge.guard, keys)
    # Nothing has been read when the question is asked: only by catching up can the key become known.
    following = asyncio.create_task(judge.follower.run())
    change = _change()
    assert await judge.judge(_raw(change, newer.token())) == change
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)


async def test_records_signed_by_nobodys_key_hold_up_nothing(
    process: GuardedProcess, producer: AIOKafkaProducer, mint: Mint
) -> None:
    for _ in range(50):
        forged = _change()
        await _append(producer, forged, Mint().token())
    change = _change()
    await _append(producer, change, mint.token())
    assert (await process.fence.wait_until_reached(change.subject, 2, limit=2)).reached
    assert process.fence.rules.floor(forged.subject) == 0


async def test_a_key_under_another_name_than_its_own_is_not_taken(
    process: GuardedProcess, producer: AIOKafkaProducer, mint: Mint
) -> None:
    stranger, last = Mint(), Mint()
    misnamed = _published(stranger, kid="another-name")
    await _append(producer, misnamed, mint.token())
    event = _published(last)
    await _append(producer, event, mint.token())
    async with asyncio.timeout(5):
        while process.keys.find(last.kid) is None:
            await asyncio.to_thread(lambda: None)
    await process._follower.catch_up(5)
    assert process.keys.find(stranger.kid) is None
