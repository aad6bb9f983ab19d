"""Publishing without a database: checked before it goes, tried again until it is there, told where it stands."""

import asyncio
import uuid
from typing import Any

import pytest

from grantstream.contracts.events.registration import AppState
from grantstream.events import (
    Appended,
    EventTooLarge,
    NotAllowedToPublish,
    NotAppended,
    Publisher,
    PublisherSettings,
    TokenUnavailable,
)
from grantstream.proof import Credential
from grantstream.testing import FixedCredentials, Mint
from grantstream.testing.expected_events import ExpectedEvents
from grantstream.testing.sample_events import app_modified, app_registered
from grantstream.testing.token_minting import TokenFactory
from grantstream.testing.topics_under_test import BrokerUnderTest
from tests.deeds.own_broker import OwnBroker
from tests.integration.events.support import Topics

QUICK = PublisherSettings(limit=1.0)


async def test_a_publisher_returns_the_place_of_an_accepted_event(
    grantstream_broker: BrokerUnderTest, events: ExpectedEvents
) -> None:
    event = app_registered()
    async with Publisher(grantstream_broker.bootstrap_servers, grantstream_broker.credentials) as publisher:
        appended = await publisher.publish(event)
    seen = await events.expect("app.registered", subject=event.subject)
    assert appended == Appended(
        topic="app.registered",
        partition=seen.partition,
        offset=seen.offset,
        appended_at=seen.appended_at,
        event_id=seen.id,
    )


async def test_concurrent_publishing_keeps_the_order_of_each_key(
    grantstream_broker: BrokerUnderTest, events: ExpectedEvents
) -> None:
    many = [app_modified(app_id=f"app-{number}") for number in range(5)]
    async with Publisher(grantstream_broker.bootstrap_servers, grantstream_broker.credentials) as publisher:
        histories = [[event.model_copy(update={"version": 2 + n}) for n in range(40)] for event in many]
        await asyncio.gather(*(publisher.publish_many(history) for history in histories))
    seen = await events.all("app.modified")
    assert len(seen) == 200
    for event in many:
        assert [each.data.version for each in seen if each.subject == event.subject] == list(range(2, 42))


async def test_a_change_goes_to_the_fence_too(grantstream_broker: BrokerUnderTest, events: ExpectedEvents) -> None:
    event = app_registered(version=7)
    async with Publisher(grantstream_broker.bootstrap_servers, grantstream_broker.credentials) as publisher:
        assert (await publisher.publish_change(event)).topic == "app.registered"
    change = await events.expect("permission.changed", subject=event.subject)
    assert change.data.version == 7


async def test_a_change_without_the_fences_scope_is_not_sent(
    grantstream_broker: BrokerUnderTest, topics: Topics, mint: Mint
) -> None:
    state = app_registered(app_id=str(uuid.uuid4()))
    credentials = FixedCredentials.of(mint.token(scopes=frozenset({"app.event.writeonly"})))
    async with Publisher(grantstream_broker.bootstrap_servers, credentials) as publisher:
        with pytest.raises(NotAllowedToPublish, match=r"fence\.event\.writeonly"):
            await publisher.publish_change(state)
    assert await topics.records("app.registered", lambda record: record.key == state.app_id.encode()) == []


@pytest.mark.parametrize(
    ("token", "event", "why"),
    [
        ({"scopes": ["company.event.writeonly"]}, {}, r"no scope app\.event\.writeonly"),
        ({"key_space": ["app/portal-*"]}, {"app_id": "other"}, r"app/other is outside the key space .*app/portal-\*"),
        ({"key_space": []}, {"app_id": "other"}, "it has none"),
    ],
)
async def test_an_event_the_token_does_not_allow_is_not_sent(
    grantstream_broker: BrokerUnderTest,
    events: ExpectedEvents,
    mint_token: TokenFactory,
    token: dict[str, Any],
    event: dict[str, Any],
    why: str,
) -> None:
    credentials = FixedCredentials.of(mint_token(**token))
    async with Publisher(grantstream_broker.bootstrap_servers, credentials) as publisher:
        with pytest.raises(NotAllowedToPublish, match=why):
            await publisher.publish(app_registered(**event))
    assert await events.all("app.registered") == []


async def test_oversized_events_and_non_events_are_refused(grantstream_broker: BrokerUnderTest) -> None:
    async with Publisher(grantstream_broker.bootstrap_servers, grantstream_broker.credentials) as publisher:
        with pytest.raises(EventTooLarge, match="900000 are the limit"):
            await publisher.publish(app_registered(description="x" * 900_000))
        with pytest.raises(TypeError, match="AppState is no event"):
            await publisher.publish(AppState(**app_registered().model_dump()))
    with pytest.raises(RuntimeError, match="async with"):
        await publisher.publish(app_registered())


async def test_an_oversized_record_fails_at_once_and_alone(
    grantstream_broker: BrokerUnderTest, events: ExpectedEvents
) -> None:
    settings = PublisherSettings(max_event_bytes=5_000_000)
    huge, good = app_registered(description="x" * 2_000_000), [app_registered() for _ in range(20)]
    async with Publisher(
        grantstream_broker.bootstrap_servers, grantstream_broker.credentials, settings=settings
    ) as publisher:
        started = asyncio.get_running_loop().time()
        # The first goes alone; the others wait meanwhile, and make one window with the huge one in its middle.
        results = await asyncio.gather(
            *(publisher.publish(event) for event in (*good[:10], huge, *good[10:])), return_exceptions=True
        )
        assert asyncio.get_running_loop().time() - started < settings.limit / 2
    [failure] = [result for result in results if not isinstance(result, Appended)]
    assert isinstance(failure, NotAppended)
    assert "MessageSizeTooLargeError" in str(failure)
    arrived = {seen.subject for seen in await events.all("app.registered")}
    assert arrived == {event.subject for event in good}


async def test_a_retry_after_token_expiry_keeps_the_event_id(
    grantstream_broker: BrokerUnderTest, events: ExpectedEvents, mint_token: TokenFactory
) -> None:
    expired, good = mint_token(expired=True), mint_token()
    credentials = FixedCredentials.of(expired, expired, good)
    async with Publisher(grantstream_broker.bootstrap_servers, credentials) as publisher:
        appended = await publisher.publish(app_registered(app_id="resigned"))
    [seen] = await events.all("app.registered", subject="app/resigned")
    assert (seen.id, seen.offset) == (appended.event_id, appended.offset)
    refused = Appended(
        topic=seen.topic, partition=seen.partition, offset=seen.offset - 1, appended_at=0, event_id=seen.id
    )
    await events.expect_refused(refused, "expired")


class NoToken:
    """A token service that is down."""

    async def current(self) -> Credential:
        await asyncio.Event().wait()
        raise AssertionError


async def test_without_a_token_nothing_goes_and_that_is_said(grantstream_broker: BrokerUnderTest) -> None:
    async with Publisher(grantstream_broker.bootstrap_servers, NoToken(), settings=QUICK) as publisher:
        with pytest.raises(TokenUnavailable, match="none in 1 s"):
            await publisher.publish(app_registered())


async def test_who_still_waits_at_the_end_of_a_publisher_is_told(grantstream_mint: Mint) -> None:
    credentials = FixedCredentials.of(grantstream_mint.token())
    async with Publisher("127.0.0.1:1", credentials) as publisher:
        waiting = asyncio.create_task(publisher.publish(app_registered()))
        for _ in range(10):
            await asyncio.sleep(0)
    with pytest.raises(NotAppended, match="was not acknowledged"):
        await asyncio.wait_for(waiting, 5)


async def test_a_publisher_awaits_the_broker_within_its_limit(own_kafka: OwnBroker, grantstream_mint: Mint) -> None:
    credentials = FixedCredentials.of(grantstream_mint.token())
    settings = PublisherSettings(limit=60.0, send_deadline=2.0)
    async with (
        Publisher(own_kafka.bootstrap_servers, credentials, settings=settings) as patient,
        Publisher(own_kafka.bootstrap_servers, credentials, settings=QUICK) as hasty,
    ):
        before = await patient.publish(app_registered(app_id="a"))
        await asyncio.to_thread(own_kafka.stop)
        with pytest.raises(NotAppended, match="was not acknowledged: ") as failure:
            await hasty.publish(app_registered(app_id="a"))
        waiting = asyncio.create_task(patient.publish(app_registered(app_id="a"), event_id=failure.value.event_id))
        await asyncio.to_thread(own_kafka.start)
        after = await waiting
    assert after.event_id == failure.value.event_id
    assert after.offset > before.offset
