"""The harness on the whole platform: what it publishes is believed there, and what the platform publishes it sees."""

import uuid

from grantstream.testing import eventually
from grantstream.testing.expected_events import ExpectedEvents
from grantstream.testing.platform_under_test import PlatformUnderTest
from grantstream.testing.publishing import RecordPublisher
from grantstream.testing.sample_events import app_registered


async def test_what_the_platform_publishes_is_seen_and_verified(
    grantstream_platform: PlatformUnderTest, events: ExpectedEvents
) -> None:
    app = await grantstream_platform.register_app("receipts.read", name="Seen")
    seen = await events.expect("app.registered", subject=f"app/{app.client_id}")
    assert seen.data.name == "Seen"
    await grantstream_platform.set_enabled(app, False)
    disabled = await events.expect("app.disabled", where=lambda data: data.app_id == app.client_id)
    assert disabled.producer == seen.producer


async def test_what_a_test_publishes_is_believed(
    grantstream_platform: PlatformUnderTest, publish: RecordPublisher, events: ExpectedEvents
) -> None:
    event = app_registered(app_id=f"harness-{uuid.uuid4()}")
    appended = await publish(event)
    seen = await events.expect("app.registered", subject=event.subject)
    assert seen.offset == appended.offset
    assert seen.producer == (await grantstream_platform.producer_of_everything()).client_id


async def test_a_producer_has_the_key_space_that_staff_gave_it(
    grantstream_platform: PlatformUnderTest, publish: RecordPublisher, events: ExpectedEvents
) -> None:
    producer = await grantstream_platform.register_producer("app.event.writeonly", key_space=["app/mine-*"])
    async with grantstream_platform.credentials(producer, "app.event.writeonly") as credentials:
        credential = await credentials.current()
    mine = await publish(app_registered(app_id="mine-1"), token=credential.token, proof_key=credential.key)
    other = await publish(app_registered(app_id="other-1"), token=credential.token, proof_key=credential.key)
    await events.expect_refused(other, "event_outside_key_space")
    assert await eventually(lambda: events.all("app.registered", subject="app/mine-1"))
    assert mine.topic == "app.registered"
