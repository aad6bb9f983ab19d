"""An operator declares the projections of a group complete again, after it may have lost records.

The library can't know what was lost. The operator has published the owners' states again, or has compared the rows.
Losses are accepted only after the group has read its topics to their present ends, and so has the republished states.
"""

import asyncio
from collections.abc import Iterable
from typing import Final

from aiokafka.errors import KafkaError

from grantstream.contracts.topics import Topic
from grantstream.events.consuming.group_progress import GroupProgress, wait_until_taken_in
from grantstream.events.consuming.kept_places import Loss, accept_losses
from grantstream.events.errors import LossesNotAccepted
from grantstream.kafka.groupless_consumer import GrouplessConsumer
from grantstream.postgres.pool import Pool

_BROKERS_ANSWER: Final = 15.0
_CATCH_UP: Final = 30.0


async def accept(
    bootstrap_servers: str,
    pool: Pool,
    group_id: str,
    topics: Iterable[Topic],
    *,
    because: str,
    limit: float = _CATCH_UP,
) -> list[Loss]:
    """Accepts the losses of `group_id` on these topics, and returns them. `pool`: of asyncpg, to the group's database.

    `limit`: seconds to wait until the group has read the topics to their present ends. Raises LossesNotAccepted, and
    then nothing has changed; and asyncpg's errors.
    """
    names = [topic.name for topic in topics]
    try:
        async with (
            asyncio.timeout(_BROKERS_ANSWER + limit),
            GrouplessConsumer(bootstrap_servers=bootstrap_servers) as consumer,
        ):
            progress = await GroupProgress.read(pool, consumer, group_id, names)
            if faults := progress.faults():
                raise LossesNotAccepted(
                    f"the consumers of {group_id} must read the topics as they are first: {faults[0]}"
                )
            if not progress.losses:
                return []
            ends = {partition: log.end for partition, log in progress.logs.items()}
            _, lacking = await wait_until_taken_in(pool, consumer, progress, ends, limit)
    except (KafkaError, OSError, TimeoutError) as error:
        raise LossesNotAccepted(f"the topics can't be compared ({type(error).__name__})") from error
    if lacking:
        first = f"{lacking[0].topic}/{lacking[0].partition}"
        raise LossesNotAccepted(f"the consumers of {group_id} have not read {first} to its end within {limit:.0f} s")
    async with pool.acquire() as connection:
        return await accept_losses(connection, progress.losses, because=because)
