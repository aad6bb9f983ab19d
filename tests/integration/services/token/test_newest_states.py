"""The token service can publish its newest states again, unchanged."""

import asyncio
import json
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from deploy.local.server_access import run_in_thread
from grantstream.contracts.events.register import EVENT_TYPES
from grantstream.contracts.events.state import AggregateState
from grantstream.contracts.events.token import CompanyRegistered
from grantstream.contracts.subjects import record_key
from grantstream.contracts.topics import COMPANY_REGISTERED, TOPICS, Owner
from grantstream.events.relaying.owned_states import state_for_topic
from grantstream.events.relaying.sweep_notes import digest_of
from grantstream.postgres.pool import Pool, transaction
from services.token.commands.make_signing_keys import ensure_signing_keys
from services.token.commands.seed_platform import seed_platform
from services.token.domain.user import User
from services.token.store import users
from services.token.use_cases.check_password import Passwords
from services.token.use_cases.newest_states import OWNED
from tests.integration.services.token.at_hand import changes_of, command_parts
from tests.integration.services.token.conftest import SandboxOf
from tests.integration.services.token.running import TokenService


async def deactivate_one_user(pool: Pool) -> None:
    async with changes_of(pool).begin() as change:
        user_id = await change.connection.fetchval("select user_id from user_account limit 1")
        user = await users.lock(change.connection, user_id)
        assert isinstance(user, User)
        changed = user.modified(now=change.now, active=False)
        await users.update(change.connection, changed)
        await change.publish(changed.state)


async def test_stored_states_equal_their_last_published_events(pool: Pool) -> None:
    passwords = Passwords(threads=1, waiting=10, memory_kib=64, rounds=1)
    await seed_platform(command_parts(pool, passwords))
    await ensure_signing_keys(changes_of(pool))
    await deactivate_one_user(pool)
    passwords.close()
    find = {topic.name: owned.find for owned in OWNED for topic in owned.topics}
    async with transaction(pool) as connection:
        rows = await connection.fetch("select * from outbox where topic <> 'fence' order by id")
        newest = {row["ce_subject"]: row for row in rows}
        assert {row["topic"] for row in newest.values()} == set(find)
        for subject, row in newest.items():
            kind: Any = EVENT_TYPES[row["topic"]].data
            state = await find[row["topic"]](connection, record_key(subject))
            assert isinstance(state, AggregateState)
            expressed = state_for_topic(row["topic"], state)
            assert expressed is not None
            assert digest_of(expressed) == digest_of(kind.model_validate_json(bytes(row["data"])))


def test_every_state_topic_of_the_service_is_swept() -> None:
    own = {name for name, topic in TOPICS.items() if Owner.TOKEN in topic.owners and topic.cleanup == "compact"}
    assert {topic.name for owned in OWNED for topic in owned.topics} == own


async def test_every_aggregate_is_listed_by_page(pool: Pool) -> None:
    passwords = Passwords(threads=1, waiting=10, memory_kib=64, rounds=1)
    await seed_platform(command_parts(pool, passwords))
    await ensure_signing_keys(changes_of(pool))
    passwords.close()
    tables = {"companies": "company", "users": "user_account", "keys": "signing_key"}
    ids = {"companies": "company_id", "users": "user_id", "keys": "kid"}
    for owned in OWNED:
        found, page = [], [""]
        while page:
            page = await owned.keys(pool, page[-1], 1)
            found += page
        rows = await pool.fetch(f"select {ids[owned.name]} from {tables[owned.name]} order by 1")
        assert found == [row[0] for row in rows]
        assert len(found) > 1


async def test_what_never_was_is_not_found(pool: Pool) -> None:
    async with transaction(pool) as connection:
        assert [await owned.find(connection, "nobody") for owned in OWNED] == [None, None, None]


async def test_the_worker_republishes_a_company_after_a_tombstone(
    service: TokenService,
    token_broker: str,
    sandbox: SandboxOf,
) -> None:
    """The whole way: the worker's own token, guard and relay."""
    key = sandbox.company_id.encode()
    producer = AIOKafkaProducer(bootstrap_servers=token_broker)
    await producer.start()
    await producer.send_and_wait(COMPANY_REGISTERED.name, None, key=key)
    await producer.stop()
    first, tombstone, again = await until_published(token_broker, key, times=3)
    assert tombstone.value is None
    assert CompanyRegistered.model_validate_json(again.value) == CompanyRegistered.model_validate_json(first.value)


def test_a_company_is_republished_by_command(service: TokenService, token_broker: str, sandbox: SandboxOf) -> None:
    code, output, errors = service.command("republish", COMPANY_REGISTERED.name, sandbox.company_id)
    assert (code, json.loads(output)) == (0, {"republished": 1, "not_expressible": 0, "unknown": []}), errors
    assert json.loads(errors) == {"done": 1, "of": 1}
    first, again = run_in_thread(until_published(token_broker, sandbox.company_id.encode(), times=2))
    assert again.value == first.value


async def until_published(bootstrap_servers: str, key: bytes, times: int) -> list[Any]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap_servers, group_id=None, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign([TopicPartition(COMPANY_REGISTERED.name, n) for n in range(COMPANY_REGISTERED.partitions)])
        await consumer.seek_to_beginning()
        found: list[Any] = []
        async with asyncio.timeout(60):
            while len(found) < times:
                for records in (await consumer.getmany(timeout_ms=500)).values():
                    found += [record for record in records if record.key == key]
    finally:
        await consumer.stop()
    return found
