"""Registration publishes its newest state again, unchanged, where the last record of a key is a tombstone."""

from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from grantstream.contracts.events.register import EVENT_TYPES
from grantstream.contracts.topics import TOPICS, Owner
from grantstream.events.relaying.sweep import OwnerSweep
from grantstream.events.relaying.sweep_notes import digest_of
from grantstream.testing import eventually
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


@pytest.mark.parametrize("last", ["app.modified", "app.deleted", "secret.rotated"])
async def test_an_application_is_republished_as_it_is(platform: Platform, last: str) -> None:
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
    assert digest_of(after) == digest_of(before)
    assert after.deleted is (last == "app.deleted")


@pytest.mark.parametrize("enabled", [True, False])
async def test_an_enablement_is_republished_as_it_is(platform: Platform, enabled: bool) -> None:
    admin = await platform.administrator()
    app = await platform.registered(admin)
    url = f"/app-mgmt/v4/companies/{admin.company_id}/apps/{app['appId']}"
    if not enabled:
        answer = await platform.http.put(url, json={"enabled": False}, headers=platform.headers(admin))
        assert answer.is_success, answer.text
    topic, key = "app.enabled" if enabled else "app.disabled", f"{app['appId']}/{admin.company_id}"
    await delete_on_topic(platform, topic, key)
    before, after = await repaired(platform, topic, key)
    assert digest_of(after) == digest_of(before)
    assert after.enabled is enabled


async def repaired(platform: Platform, topic: str, key: str) -> tuple[Any, Any]:
    """The state as it was published, and as the sweep publishes it after the tombstone."""
    [owned] = [each for each in OWNED if topic in {one.name for one in each.topics}]
    sweeper = OwnerSweep(
        platform.settings.kafka_bootstrap_servers,
        platform.process.event_guard,
        platform.process.catch_up_keys,
        platform.pool,
        OWNED,
        source=platform.settings.event_source,
        is_active=lambda: True,
    )
    await sweeper.sweep(owned)

    async def is_relayed() -> bool:
        return not await platform.pool.fetchval("select exists (select from outbox)")

    await eventually(is_relayed, within=60)
    kind: Any = EVENT_TYPES[topic].data
    [*_, before, tombstone, after] = await records_of(platform, topic, key)
    assert tombstone.value is None
    return kind.model_validate_json(before.value), kind.model_validate_json(after.value)


async def test_all_published_aggregates_are_listed_by_page(platform: Platform) -> None:
    admin = await platform.administrator()
    apps = [await platform.registered(admin) for _ in range(3)]
    answer = await platform.http.delete(f"{APPS}/{apps[0]['appId']}", headers=platform.headers(admin))
    assert answer.is_success, answer.text
    ids = {app["appId"] for app in apps}
    wanted = {"apps": ids, "enablements": {f"{app_id}/{admin.company_id}" for app_id in ids}}
    for owned in OWNED:
        found, page = [], [""]
        while page:
            page = await owned.keys(platform.pool, page[-1], 2)
            found += page
        assert sorted(found) == sorted(wanted[owned.name])


def test_every_state_topic_of_the_service_is_swept() -> None:
    own = {name for name, topic in TOPICS.items() if Owner.REGISTRATION in topic.owners and topic.cleanup == "compact"}
    assert {topic.name for owned in OWNED for topic in owned.topics} == own
