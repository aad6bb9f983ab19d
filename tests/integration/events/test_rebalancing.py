"""Members of a group come and go under load: nothing is lost, and neither versions nor offsets go back."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import asyncpg
from aiokafka import AIOKafkaProducer

from grantstream.testing import Mint, eventually
from grantstream.testing.records import signed_headers
from tests.integration.events.consuming import consuming
from tests.integration.events.support import Topics, app_state, envelope_headers, event_of

KEYS, VERSIONS = 30, 25
WRITES = """
create table written (place bigint generated always as identity, app_id text, version bigint);
create function note() returns trigger language plpgsql as
$$ begin insert into written (app_id, version) values (new.app_id, new.version); return new; end $$;
create trigger note after insert or update on app for each row execute function note();
"""


async def append_all(topics: Topics, mint: Mint) -> None:
    """Every version of every key, in order, a little apart."""
    producer = AIOKafkaProducer(bootstrap_servers=topics.bootstrap_servers)
    await producer.start()
    token = mint.token()
    for version in range(1, VERSIONS + 1):
        for number in range(KEYS):
            event = event_of(app_state(f"app-{number}", version))
            record = {"topic": event.topic, "key": event.key.encode(), "value": event.data}
            headers = signed_headers(token, **record, headers=envelope_headers(event))  # type: ignore[arg-type]
            await producer.send(**record, headers=headers)
        await producer.flush()
    await producer.stop()


@asynccontextmanager
async def members(topics: Topics, pool: asyncpg.Pool, mint: Mint, group_id: str) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        for _ in range(random.randrange(1, 4)):
            await stack.enter_async_context(consuming(topics, pool, mint, group_id))
        yield


async def test_rebalances_lose_no_event_and_lower_no_version(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    group_id = await topics.group_at_end()
    await pool.execute(WRITES)
    appending = asyncio.create_task(append_all(topics, mint))
    changes = 0
    async with consuming(topics, pool, mint, group_id):
        while not appending.done() or changes < 6:
            async with members(topics, pool, mint, group_id):
                changes += 1
        await appending

        async def all_there() -> bool:
            found = await pool.fetchval("select count(*) from app where version = $1", VERSIONS)
            return bool(found == KEYS)

        await eventually(all_there, what="the newest version of every key")
    gone_back = await pool.fetch(
        """select * from (select app_id, version, lag(version) over (partition by app_id order by place) as before
           from written) as steps where version <= before"""
    )
    assert gone_back == []
    assert changes >= 6
    assert await topics.dead_letters("app.modified", group_id) == []


async def test_committed_offsets_only_advance_to_the_topics_end(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    group_id = await topics.group_at_end()
    probe = await topics.send(event_of(app_state("app-0", 1)), mint.token())
    appending = asyncio.create_task(append_all(topics, mint))
    seen = [await topics.committed(group_id, probe)]
    async with consuming(topics, pool, mint, group_id):
        for _ in range(5):
            async with members(topics, pool, mint, group_id):
                seen.append(await topics.committed(group_id, probe))
        await appending

        async def is_at_the_end() -> bool:
            seen.append(await topics.committed(group_id, probe))
            found = await pool.fetchval("select version from app where app_id = 'app-0'")
            return bool(found == VERSIONS) and seen[-1] == await topics.end_of(probe)

        await eventually(is_at_the_end, what="all committed")
    assert seen == sorted(seen)
