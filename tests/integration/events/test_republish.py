"""Newest states are published again by command: of some keys, or of all, also on a topic that lost everything."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from grantstream.contracts.events.registration import AppModified
from grantstream.contracts.topics import APP_DELETED, APP_MODIFIED, APP_REGISTERED
from grantstream.events.consuming.group_progress import accept
from grantstream.events.errors import OutboxStuck
from grantstream.events.producing.outbox import append_all
from grantstream.events.relaying import outbox_room
from grantstream.events.relaying.republish import Republished, Wanted, republish
from grantstream.testing import Mint
from tests.deeds.topic_operator import Operator
from tests.integration.events.consuming import consuming, until_version
from tests.integration.events.offsets import GROUP, TOPIC, until_lost
from tests.integration.events.owner import OWNED_TOPICS, Owner, owning
from tests.integration.events.support import APP_HANDLERS, SOURCE, Topics, app_state, event_of


@pytest.fixture
async def owner(pool: asyncpg.Pool, dsn: str, topics: Topics, mint: Mint) -> AsyncIterator[Owner]:
    async with owning(pool, dsn, topics, mint) as owner:
        yield owner


async def republished(owner: Owner, *wanted: Wanted, **options: Any) -> tuple[Republished, list[tuple[int, int]]]:
    progress: list[tuple[int, int]] = []
    found = await republish(
        owner.pool, wanted, source=SOURCE, progress=lambda done, of_all: progress.append((done, of_all)), **options
    )
    return found, progress


async def test_the_newest_state_of_one_key_is_published(owner: Owner) -> None:
    app_id, other = app_state().app_id, app_state().app_id
    for each in (app_id, other):
        await owner.set(each, 3)
    wanted = Wanted(owned=owner.owned, topics=[APP_MODIFIED], keys=[app_id, "nobody", "no\x00text"])
    found, progress = await republished(owner, wanted)
    assert (found.republished, found.unknown, progress) == (1, ["nobody", "no\x00text"], [(3, 3)])
    # Already on its topic, since the command waits for the relay.
    assert (await owner.versions(app_id), await owner.versions(other)) == ([3], [])


async def test_all_are_published_in_short_transactions(owner: Owner) -> None:
    gone = app_state().app_id
    apps = [f"{app_state().app_id}-{number:03}" for number in range(250)]
    for app_id in apps:
        await owner.set(app_id, 2)
    await owner.set(gone, 4, deleted=True)
    found, progress = await republished(owner, Wanted(owned=owner.owned, topics=OWNED_TOPICS))
    assert (found.republished, progress) == (251, [(100, 251), (200, 251), (251, 251)])
    assert await owner.versions(gone, APP_REGISTERED.name) == [4]
    keys = {record.key.decode() for record in await owner.topics.records(APP_REGISTERED.name)}
    assert set(apps) <= keys


async def test_a_topic_takes_only_what_it_can_express(owner: Owner) -> None:
    app_id, gone = app_state().app_id, app_state().app_id
    await owner.set(app_id, 2)
    await owner.set(gone, 2, deleted=True)
    found, _ = await republished(owner, Wanted(owned=owner.owned, topics=[APP_DELETED]))
    assert found == Republished(republished=1, not_expressible=1)
    assert (await owner.versions(app_id, APP_DELETED.name), await owner.versions(gone, APP_DELETED.name)) == ([], [2])


async def test_without_a_relay_it_ends_with_a_reason(pool: asyncpg.Pool, topics: Topics, mint: Mint) -> None:
    owner = Owner(pool, topics, mint)
    await owner.make_table()
    await owner.set("app", 1)
    wanted = Wanted(owned=owner.owned, topics=[APP_MODIFIED])
    with pytest.raises(OutboxStuck, match="1 events wait in the outbox, and none is sent"):
        await republished(owner, wanted, patience=0.5)
    await append_all(pool, [event_of(app_state()) for _ in range(1000)])
    with pytest.raises(OutboxStuck, match="1001 events wait"):
        await republished(owner, wanted, patience=0.5)
    assert await pool.fetchval("select count(*) from outbox") == 1001


async def test_events_blocked_before_are_not_waited_for(pool: asyncpg.Pool) -> None:
    await append_all(pool, [event_of(app_state()) for _ in range(2)])
    newest = await outbox_room.newest_event(pool)
    await outbox_room.until_relayed(pool, newest, newest, patience=0)
    with pytest.raises(OutboxStuck, match="1 events"):
        await outbox_room.until_relayed(pool, newest - 1, newest, patience=0)


async def test_a_lost_topic_is_filled_and_the_loss_accepted(
    harmed_topics: Topics, pool: asyncpg.Pool, dsn: str, mint: Mint
) -> None:
    """The way out after a topic of states was deleted and created anew: `republish --all`, `projections accept`."""
    async with owning(pool, dsn, harmed_topics, mint) as owner:
        await owner.set("app", 1)
        await owner.publish(app_state("app", 1))
        handlers = {TOPIC: APP_HANDLERS[TOPIC]}
        async with consuming(harmed_topics, pool, mint, GROUP, handlers):
            await until_version(pool, "app", 1)
        await owner.set("app", 2)
        await owner.publish(app_state("app", 2))
        [_, unread] = await harmed_topics.records(TOPIC)
        await Operator(harmed_topics.bootstrap_servers).replace(TOPIC)
        async with consuming(harmed_topics, pool, mint, GROUP, handlers):
            await until_lost(pool, unread, "deleted and created anew")
            found, _ = await republished(owner, Wanted(owned=owner.owned, topics=[APP_MODIFIED]))
            assert found.republished == 1
            accepted = await accept(harmed_topics.bootstrap_servers, pool, GROUP, [APP_MODIFIED], because="republished")
            assert {loss.topic for loss in accepted} == {TOPIC}
            # Already there: what is accepted is complete.
            assert await pool.fetchval("select version from app where app_id = 'app'") == 2
    [state] = await harmed_topics.records(TOPIC)
    assert AppModified.model_validate_json(state.value).version == 2
