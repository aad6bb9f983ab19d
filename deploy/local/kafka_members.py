"""Which brokers a cluster counts as alive, and which one leads a partition."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deploy.local.in_thread import run_in_thread

ANSWER_MILLISECONDS = 2000

Result = TypeVar("Result")


def brokers_seen(bootstrap_servers: str) -> set[int]:
    """The brokers that the cluster counts as alive; empty if no broker answers."""
    return run_in_thread(_asked(bootstrap_servers, _brokers, set()))


def partition_leader(bootstrap_servers: str, topic: str, partition: int) -> int | None:
    """The broker that leads a partition; None if none does, there is no such partition or no broker answers."""

    async def leader(admin: AIOKafkaAdminClient) -> int | None:
        [described] = await admin.describe_topics([topic])
        leaders = {each["partition"]: each["leader"] for each in described["partitions"]}
        broker: int = leaders.get(partition, -1)
        return broker if broker >= 0 else None

    return run_in_thread(_asked(bootstrap_servers, leader, None))


async def _brokers(admin: AIOKafkaAdminClient) -> set[int]:
    cluster: dict[str, Any] = await admin.describe_cluster()
    return {broker["node_id"] for broker in cluster["brokers"]}


async def _asked(
    bootstrap_servers: str, ask: Callable[[AIOKafkaAdminClient], Awaitable[Result]], otherwise: Result
) -> Result:
    """The cluster's answer, from a broker that accepts connections."""
    places = [place for place in bootstrap_servers.split(",") if await _takes_connections(place)]
    if not places:
        return otherwise
    admin = AIOKafkaAdminClient(bootstrap_servers=places, request_timeout_ms=ANSWER_MILLISECONDS)
    try:
        await admin.start()
        return await ask(admin)
    except (KafkaError, OSError, TimeoutError):
        return otherwise
    finally:
        await admin.close()


async def _takes_connections(place: str) -> bool:
    """Whether a broker accepts connections; checked first, since the client would log each failure as an error."""
    host, _, port = place.rpartition(":")
    try:
        async with asyncio.timeout(ANSWER_MILLISECONDS / 1000):
            _, writer = await asyncio.open_connection(host, int(port))
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True
