"""The harness on a real broker: what is published arrives, what is bad is refused, a failure says what was there."""

import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest

from grantstream.contracts.events.registration import AppDisabled
from grantstream.events.consuming.consumer_settings import ConsumerSettings
from grantstream.events.consuming.open_consumer import open_consumer
from grantstream.events.platform_addresses import PlatformAddresses
from grantstream.proof import ProofKey
from grantstream.testing import eventually, record
from grantstream.testing.expected_dead_letters import ExpectedDeadLetters
from grantstream.testing.expected_events import ExpectedEvents
from grantstream.testing.publishing import RecordPublisher
from grantstream.testing.sample_events import app_disabled, app_registered
from grantstream.testing.token_minting import TokenFactory
from grantstream.testing.topic_log import TopicLog
from grantstream.testing.topics_under_test import BrokerUnderTest


async def test_a_published_event_is_seen_with_producer_and_offset(
    publish: RecordPublisher, events: ExpectedEvents
) -> None:
    event = app_registered()
    appended = await publish(event)
    seen = await events.expect("app.registered", subject=event.subject, where=lambda app: app.version == 1)
    assert (seen.partition, seen.offset, seen.id) == (appended.partition, appended.offset, appended.event_id)
    assert (seen.producer, seen.data) == ("producer", event)


async def test_an_expectation_that_fails_lists_what_did_arrive(
    publish: RecordPublisher, events: ExpectedEvents, mint_token: TokenFactory
) -> None:
    event = app_registered()
    with pytest.raises(AssertionError, match="nothing arrived on the topic since the test began"):
        await events.expect("app.registered", subject=event.subject, within=0.1)
    await publish(event)
    await publish(event, token=mint_token(scopes=[]))
    with pytest.raises(AssertionError) as failure:
        await events.expect("app.registered", subject=event.subject, where=lambda app: app.version == 2, within=0.1)
    told = str(failure.value)
    assert f"app.registered about {event.subject} for which `where` is true" in told
    assert "2 records arrived" in told
    assert f"app.registered about {event.subject} by producer: " in told
    assert '"version": 1' in told
    assert "refused, scope_missing" in told
    assert "sha256" not in told


async def test_what_stood_there_before_the_test_is_not_seen(
    grantstream_broker: BrokerUnderTest, publish: RecordPublisher, events: ExpectedEvents
) -> None:
    event = app_registered()
    await publish(event)
    assert [seen.data for seen in await events.all("app.registered")] == [event]
    assert await events.all("app.registered", subject="app/other") == []
    async with TopicLog(grantstream_broker.bootstrap_servers) as later:
        assert await later.since_opened("app.registered") == []


async def test_expecting_an_unknown_event_type_is_a_test_error(events: ExpectedEvents) -> None:
    with pytest.raises(ValueError, match=r"app\.regstered is no event type; there are app\.deleted"):
        await events.expect("app.regstered")


BAD_TOKENS: list[tuple[dict[str, Any], str]] = [
    ({"expired": True}, "expired"),
    ({"wrong_key": True}, "signature_invalid"),
    ({"scopes": ["app.event.read"]}, "scope_missing"),
    ({"key_space": ["app/other"]}, "event_outside_key_space"),
    ({"unbound": True}, "token_unbound"),
]


@pytest.mark.parametrize(("asked", "code"), BAD_TOKENS)
async def test_each_bad_token_makes_a_record_that_is_refused(
    publish: RecordPublisher, events: ExpectedEvents, mint_token: TokenFactory, asked: dict[str, Any], code: str
) -> None:
    appended = await publish(app_registered(), token=mint_token(**asked))
    await events.expect_refused(appended, code)


async def test_a_record_is_refused_that_its_proof_does_not_cover(
    publish: RecordPublisher, events: ExpectedEvents
) -> None:
    event, other = app_registered(), app_registered()
    moved = await publish(event, value=other.to_bytes())
    await events.expect_refused(moved, "event_proof_content_mismatch")
    by_other_key = await publish(event, proof_key=ProofKey.generate())
    await events.expect_refused(by_other_key, "event_proof_other_key")


async def test_a_raw_record_goes_as_it_is(
    publish: RecordPublisher, events: ExpectedEvents, mint_token: TokenFactory
) -> None:
    raw = record(app_registered())
    await events.expect_refused(await publish(raw), "event_token_missing")
    await publish(raw, token=mint_token())
    assert len(await events.all("app.registered")) == 1


async def test_expect_refused_fails_without_the_expected_reason(
    publish: RecordPublisher, events: ExpectedEvents
) -> None:
    good, bare = await publish(app_registered()), await publish(record(app_registered()))
    with pytest.raises(AssertionError, match=r"and it is a good app\.registered"):
        await events.expect_refused(good, "expired")
    with pytest.raises(AssertionError, match="it is refused: event_token_missing"):
        await events.expect_refused(bare, "expired")


class Consumer:
    """What a program that another team tests would be: it remembers which applications were disabled."""

    def __init__(self) -> None:
        self.group_id = f"fourth-{uuid.uuid4()}"
        self.disabled: list[str] = []

    async def remember(self, _connection: object, event: AppDisabled, _envelope: object) -> None:
        self.disabled.append(event.app_id)


@pytest.fixture
async def consumer(grantstream_broker: BrokerUnderTest) -> AsyncIterator[Consumer]:
    """It runs, without a database."""
    consumer = Consumer()
    async with open_consumer(
        PlatformAddresses.of("https://issuer.test", grantstream_broker.bootstrap_servers),
        group_id=consumer.group_id,
        handlers={"app.disabled": consumer.remember},
        guard=grantstream_broker.guard,
        settings=ConsumerSettings(key_limit=0.2),
    ):
        yield consumer


async def test_a_consumer_without_a_database_gets_the_events(consumer: Consumer, publish: RecordPublisher) -> None:
    event = app_disabled()
    await publish(event)
    await eventually(lambda: event.app_id in consumer.disabled)


async def test_a_dead_letter_is_expected_by_its_records_position(
    consumer: Consumer, publish: RecordPublisher, dead_letters: ExpectedDeadLetters, mint_token: TokenFactory
) -> None:
    event = app_disabled()
    bad = await publish(event, token=mint_token(scopes=[]))
    letter = await dead_letters.expect(bad, group=consumer.group_id, reason="scope_missing")
    assert (letter.topic, letter.offset) == ("app.disabled", bad.offset)
    assert event.app_id not in consumer.disabled
    with pytest.raises(AssertionError, match=f"offset {bad.offset}: scope_missing, by {consumer.group_id}"):
        await dead_letters.expect(bad, reason="expired", within=0.1)


async def test_what_the_fence_voids_is_refused(
    grantstream_broker: BrokerUnderTest, publish: RecordPublisher, events: ExpectedEvents
) -> None:
    good = await publish(app_registered())
    grantstream_broker.fence.void("app/producer", below=2)
    await events.expect_refused(await publish(app_registered()), "token_void")
    assert [seen.offset for seen in await events.all("app.registered")] == [good.offset]
