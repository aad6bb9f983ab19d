"""A group that reads one topic of a broker that may be harmed, and the place that it keeps there."""

import asyncio
from typing import Any

import asyncpg

from grantstream.testing import Mint, eventually
from tests.deeds.topic_operator import Operator
from tests.integration.events.consuming import consuming, until_version
from tests.integration.events.support import Topics, app_state, event_of, project_app

TOPIC, GROUP = "app.modified", "a group"


class Counted:
    """A handler that counts, and waits while it is held."""

    def __init__(self, *, projecting: bool = True) -> None:
        self._projecting = projecting
        self.waiting = False
        self.versions: list[int] = []
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def __call__(self, connection: Any, event: Any, envelope: Any) -> None:
        self.waiting = not self.go_on.is_set()
        await self.go_on.wait()
        self.versions.append(event.version)
        if self._projecting:
            await project_app(connection, event, envelope)

    @property
    def handlers(self) -> dict[str, Any]:
        return {TOPIC: self}


async def append(topics: Topics, mint: Mint, *versions: int) -> Any:
    """Versions of one application, so all in one partition; gives the place of the last."""
    for version in versions:
        place = await topics.send(event_of(app_state("app", version)), mint.token())
    return place


async def delete_before(topics: Topics, place: Any, offset: int) -> None:
    """Deletes what stands before an offset in the partition of a record."""
    operator = Operator(topics.bootstrap_servers)
    await operator.set_config(TOPIC, {"cleanup.policy": "compact,delete"})
    await operator.delete_records(TOPIC, before={place.partition: offset})
    await operator.put_right(TOPIC)


async def applied(topics: Topics, pool: asyncpg.Pool, mint: Mint, version: int) -> Counted:
    """A member comes, takes in all up to a version, notes that, and goes."""
    counted = Counted()
    async with consuming(topics, pool, mint, GROUP, counted.handlers) as member:
        await until_version(pool, "app", version)
        await eventually(member.is_ready)
    return counted


async def kept(pool: asyncpg.Pool, place: Any) -> Any:
    return await pool.fetchrow(
        "select next_offset, topic_id, lost_why from group_place where group_id = $1 and topic = $2 and partition = $3",
        GROUP,
        place.topic,
        place.partition,
    )


async def until_lost(pool: asyncpg.Pool, place: Any, why: str) -> None:
    async def is_lost() -> bool:
        found = await kept(pool, place)
        return found is not None and why in (found["lost_why"] or "")

    await eventually(is_lost, what=f"a loss: {why}", within=60)
