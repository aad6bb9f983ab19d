"""Whoever reads topics by itself reads what they have, not what the register says; and never two topics as one."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer

from grantstream.contracts.events.state import EventData
from grantstream.contracts.topics import APP_MODIFIED
from grantstream.kafka.errors import TopicsUnreadable
from grantstream.kafka.topic_reading import TopicReading, open_topics
from grantstream.testing import Mint, signed_record
from tests.deeds.own_broker import OwnBroker
from tests.deeds.topic_operator import Operator
from tests.integration.events.owner import Owner
from tests.integration.events.rebuilding import rebuilt
from tests.integration.events.support import Topics, app_state


class Ground:
    """A broker with new topics, and somebody who appends events to partitions that he chooses."""

    def __init__(self, operator: Operator, producer: AIOKafkaProducer) -> None:
        self.operator = operator
        self.mint = Mint()
        self._producer = producer

    @property
    def servers(self) -> str:
        return self.operator.bootstrap_servers

    async def append(self, event: EventData, *, partition: int) -> Any:
        return await self.append_record(signed_record(self.mint.token(), event), partition=partition)

    async def append_record(self, record: Any, *, partition: int) -> Any:
        await self._producer.client.force_metadata_update()
        return await self._producer.send_and_wait(
            record.topic, record.value, key=record.key, headers=list(record.headers), partition=partition
        )


@pytest.fixture
async def ground(own_kafka: OwnBroker) -> AsyncIterator[Ground]:
    operator = Operator(own_kafka.bootstrap_servers)
    await operator.create_missing()
    await operator.replace(APP_MODIFIED.name)
    async with AIOKafkaProducer(bootstrap_servers=own_kafka.bootstrap_servers, acks="all") as producer:
        yield Ground(operator, producer)


async def keys_of(reading: TopicReading) -> list[str]:
    return [record.key.decode() async for records in reading.to_the_ends() for record in records]


async def test_partitions_added_during_a_read_are_read_too(ground: Ground) -> None:
    before, after = app_state(), app_state()
    await ground.append(before, partition=0)
    async with open_topics(ground.servers, [APP_MODIFIED.name]) as reading:
        assert await keys_of(reading) == [before.app_id]
        await ground.operator.grow(APP_MODIFIED.name, 12)
        await ground.append(after, partition=11)
        assert await reading.behind() == 1
        assert await keys_of(reading) == [after.app_id]
        assert (await reading.behind(), reading.position) == (0, 2)


async def test_reading_on_a_recreated_or_deleted_topic_fails(ground: Ground) -> None:
    await ground.append(app_state(), partition=0)
    async with open_topics(ground.servers, [APP_MODIFIED.name], patience=20) as reading:
        assert len(await keys_of(reading)) == 1
        await ground.operator.replace(APP_MODIFIED.name)
        for _ in range(3):
            await ground.append(app_state(), partition=0)
        with pytest.raises(TopicsUnreadable, match=APP_MODIFIED.name):
            await keys_of(reading)
    async with open_topics(ground.servers, [APP_MODIFIED.name]) as reading:
        assert len(await keys_of(reading)) == 3
        await ground.operator.delete(APP_MODIFIED.name)
        with pytest.raises(TopicsUnreadable, match=APP_MODIFIED.name):
            await reading.behind()
    with pytest.raises(TopicsUnreadable, match=APP_MODIFIED.name):
        async with open_topics(ground.servers, [APP_MODIFIED.name]):
            pass


async def test_a_rebuild_reads_partitions_not_in_the_register(ground: Ground, dsn: str, pool: asyncpg.Pool) -> None:
    await ground.operator.grow(APP_MODIFIED.name, 12)
    states = [app_state() for _ in range(12)]
    for partition, state in enumerate(states):
        await ground.append(state, partition=partition)
    report = await rebuilt(ground.servers, dsn, ground.mint)
    assert (report.rows, report.added) == (12, 12)


async def test_a_sweep_reads_added_partitions_and_a_new_topic(ground: Ground, pool: asyncpg.Pool) -> None:
    owner = Owner(pool, Topics(ground.servers), ground.mint)
    await owner.make_table()
    owner.owned = replace(owner.owned, topics=(APP_MODIFIED,))

    async def swept() -> int:
        return (await owner.sweep()).records

    await ground.append(app_state(), partition=0)
    assert (await swept(), await swept()) == (1, 0)
    await ground.operator.grow(APP_MODIFIED.name, 12)
    await ground.append(app_state(), partition=11)
    assert (await swept(), await swept()) == (1, 0)
    await ground.operator.replace(APP_MODIFIED.name)
    for _ in range(2):
        await ground.append(app_state(), partition=0)
    assert (await swept(), await swept()) == (2, 0)


async def test_a_sweep_of_a_topic_replaced_meanwhile_fails(ground: Ground, pool: asyncpg.Pool) -> None:
    """What was noted of the old topic stands nowhere any more."""
    owner = Owner(pool, Topics(ground.servers), ground.mint)
    await owner.make_table()
    owner.owned = replace(owner.owned, topics=(APP_MODIFIED,))
    await ground.append(app_state(), partition=0)
    sweeper = owner.sweeper()
    judge_all = sweeper._judge.judge_all

    async def replacing(records: Sequence[Any]) -> Any:
        await ground.operator.replace(APP_MODIFIED.name)
        return await judge_all(records)

    sweeper._judge.judge_all = replacing  # type: ignore[method-assign]
    with pytest.raises(TopicsUnreadable, match=APP_MODIFIED.name):
        await sweeper.sweep(owner.owned)
    assert await pool.fetchval("select count(*) from owner_sweep") == 0
