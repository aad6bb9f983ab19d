"""Registration says its newest state again, just as it was told, where the last record of a key is a tombstone."""

import asyncio
import time
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from grantstream.contracts.events.register import EVENT_TYPES
from grantstream.contracts.topics import TOPICS, Owner
from grantstream.events.relaying.last_word_repair import word_of
from grantstream.events.relaying.last_word_settings import LastWordSettings
from grantstream.events.relaying.last_words import LastWords
from services.registration.use_cases.newest_states import OWNED
from tests.integration.services.registration.platform import Platform
from tests.integration.services.registration.records import records_of

APPS = "/app-mgmt/v4/apps"


async def delete_on_topic(platform: Platform, topic: str, key: str) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=platform.settings.kafka_bootstrap_servers)
    await producer.start()
    try:
        await producer.send_and_wait(topic, None, key=key.encode())
    finally:
        await producer.stop()


async def said_again(platform: Platform, topic: str, key: str) -> tuple[Any, Any]:
    """The state as it was told, and as it is told after the tombstone."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        records = await records_of(platform, topic, key)
        if len(records) > 2 and records[-1].value is not None:
            kind: Any = EVENT_TYPES[topic].data
            [*_, before, _tombstone, after] = records
            return kind.model_validate_json(before.value), kind.model_validate_json(after.value)
    raise AssertionError(f"{topic} was not repaired")


@pytest.mark.parametrize("last", ["app.modified", "app.deleted", "secret.rotated"])
async def test_an_application_is_said_again_as_it_is(platform: Platform, last: str) -> None:
    admin = await platform.administrator()
    app = await platform.registered(admin, redirectUris=["https://harbour.example/back"])
    url, headers = f"{APPS}/{app['appId']}", platform.headers(admin)
    await platform.http.patch(url, json={"scopes": ["openid"]}, headers=headers)
    answer = await platform.http.post(f"/app-mgmt/v4/{app['appId']}/secrets", json={}, headers=headers)
    assert answer.is_success, answer.text
    if last == "app.modified":
        answer = await platform.http.patch(url, json={"description": "more"}, headers=headers)
    elif last == "app.deleted":
        answer = await platform.http.delete(url, headers=headers)
    assert answer.is_success, answer.text
    await delete_on_topic(platform, last, app["appId"])
    before, after = await repaired(platform, last, app["appId"])
    assert word_of(after) == word_of(before)
    assert after.deleted is (last == "app.deleted")


@pytest.mark.parametrize("enabled", [True, False])
async def test_an_enablement_is_said_again_as_it_is(platform: Platform, enabled: bool) -> None:
    admin = await platform.administrator()
    app = await platform.registered(admin)
    url = f"/app-mgmt/v4/companies/{admin.company_id}/apps/{app['appId']}"
    if not enabled:
        answer = await platform.http.put(url, json={"enabled": False}, headers=platform.headers(admin))
        assert answer.is_success, answer.text
    topic, key = "app.enabled" if enabled else "app.disabled", f"{app['appId']}/{admin.company_id}"
    await delete_on_topic(platform, topic, key)
    before, after = await repaired(platform, topic, key)
    assert word_of(after) == word_of(before)
    assert after.enabled is enabled


async def repaired(platform: Platform, topic: str, key: str) -> tuple[Any, Any]:
    keeper = LastWords(
        platform.settings.kafka_bootstrap_servers,
        platform.process.event_guard,
        platform.process.catch_up_keys,
        platform.pool,
        OWNED,
        source=platform.settings.event_source,
        is_active=lambda: True,
        settings=LastWordSettings(settle=0.1, recheck=0.1),
    )
    keeping = asyncio.create_task(keeper.run())
    try:
        return await said_again(platform, topic, key)
    finally:
        keeping.cancel()
        await asyncio.wait({keeping})


def test_every_state_topic_of_the_service_is_kept() -> None:
    own = {name for name, topic in TOPICS.items() if Owner.REGISTRATION in topic.owners and topic.cleanup == "compact"}
    assert {topic.name for owned in OWNED for topic in owned.topics} == own
