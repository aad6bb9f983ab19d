"""How a producer is ended though its broker is gone, in pieces, since aiokafka's own `stop` would wait for ever."""

import asyncio
import logging
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

logger = logging.getLogger(__name__)

_CLOSE_SECONDS = 2.0
_CLOSE_AGAIN_AFTER = 0.05


async def end_producer(producer: AIOKafkaProducer) -> None:
    """Ends a producer even if the broker is gone.

    `stop()` flushes first, for ever if need be, and does nothing when called again; so its parts are ended in an
    order in which none waits for a broker: the sender, the connections, then whatever still waits for an answer.
    """
    sender = producer._sender.sender_task
    if sender is not None and not sender.done():
        sender.cancel()
    try:
        async with asyncio.timeout(_CLOSE_SECONDS):
            await producer.client.close()
            while sender is not None and not sender.done():
                # It waits for its requests. One may have opened a connection meanwhile; another waits for metadata,
                # for ever, since whoever fetches them is closed.
                await asyncio.wait({sender}, timeout=_CLOSE_AGAIN_AFTER)
                await producer.client.close()
                _tell_of_no_metadata(producer.client)
            _give_up_batches(producer._message_accumulator)
            await producer.stop()
    except (KafkaError, OSError, TimeoutError) as error:
        logger.warning("a producer did not end in order: %s", type(error).__name__)
        producer._closed = True  # nobody will try again; else it complains when it goes


def _tell_of_no_metadata(client: Any) -> None:
    waited_for = client._md_update_fut
    if waited_for is not None and not waited_for.done():
        waited_for.set_result(False)


def _give_up_batches(accumulator: Any) -> None:
    """Ends every wait for a batch. aiokafka forgets to count a batch that it tries again as pending, and stumbles."""
    accumulator._pending_batches.update(batch for batches in accumulator._batches.values() for batch in batches)
    given_up = list(accumulator._pending_batches)
    accumulator.fail_all(KafkaError("the producer was closed"))
    for batch in given_up:
        # Nobody may be left who waits for it: whoever sent it has been cancelled, or has its outcome.
        for future in (batch._drain_waiter, *(future for future, _ in batch._msg_futures)):
            look_at(future)


def look_at(future: "asyncio.Future[Any]") -> None:
    """An exception that nobody looks at would be logged when the future goes."""
    if not future.cancelled():
        future.exception()
