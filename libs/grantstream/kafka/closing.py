"""Closes a client without waiting for a hanging broker.

aiokafka's producer flushes when it is stopped, so it waits as long as its requests may take. A process that waited for
it before opening a new one would become stale.
"""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, Final

_log = logging.getLogger(__name__)
_LIMIT: Final = 0.5
_still_closing: Final[set[asyncio.Task[None]]] = set()
"""References that keep the tasks alive; the event loop has only weak ones."""


async def closed_soon(closing: Coroutine[Any, Any, None], limit: float = _LIMIT) -> None:
    """Waits for `closing`, but no longer than `limit` seconds; after that it continues in the background.

    Raises the errors of `closing` within the limit.
    """
    task = asyncio.create_task(closing, name="kafka client closing")
    _still_closing.add(task)
    task.add_done_callback(_forget)
    await asyncio.wait({task}, timeout=limit)
    if task.done():
        task.result()


def _forget(task: asyncio.Task[None]) -> None:
    _still_closing.discard(task)
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.info("a Kafka client did not close cleanly: %s", type(error).__name__)
