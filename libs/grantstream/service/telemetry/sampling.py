"""Measures values without events, such as an age, at intervals."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

_log = logging.getLogger(__name__)


@asynccontextmanager
async def sampled(*measures: Callable[[], Awaitable[None]], interval: float = 1.0) -> AsyncIterator[None]:
    """Takes each measure every `interval` seconds while the block runs. A failed measure is logged and retried."""
    task = asyncio.create_task(_sample(measures, interval), name="metrics sampling")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _sample(measures: tuple[Callable[[], Awaitable[None]], ...], interval: float) -> None:
    while True:
        for measure in measures:
            try:
                await measure()
            except Exception as error:  # a metric must never end a process
                _log.warning("a measure failed: %s", type(error).__name__)
        await asyncio.sleep(interval)
