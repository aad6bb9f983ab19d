"""The worker role: one process that relays and consumes, with a small server for health and metrics.

    @asynccontextmanager
    async def worker_parts(settings: ReceiptsSettings) -> AsyncIterator[WorkerParts]:
        async with connected(settings, "worker", EVENT_SCOPES) as (pool, process, token):
            yield relay_and_consumer(settings, TABLES, pool, process, token)

    run_worker(worker_parts, settings)

`background.py` has `relay_and_consumer`; `WorkerParts.jobs` may have further jobs of a service.
"""

import asyncio
import logging
import os
import sys
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import uvloop

from grantstream.service.errors import PortTaken
from grantstream.service.health import Check, Health
from grantstream.service.health_server import health_server
from grantstream.service.logs import configure_logs
from grantstream.service.ports import require_free_port
from grantstream.service.process import exempt_from_collection, stop_requested
from grantstream.service.settings import PREFIX, ServiceSettings

EXIT_PART_DIED: Final = 1
EXIT_PORT_TAKEN: Final = 1

Job = Callable[[], Coroutine[Any, Any, None]]

_log = logging.getLogger(__name__)
SettingsT = TypeVar("SettingsT", bound=ServiceSettings)


@dataclass(frozen=True, slots=True)
class WorkerParts:
    """The parts of a worker. A job runs until it is cancelled, and then stops in order.

    A job that ends by itself, with or without an error, ends the process; its supervisor restarts it.
    `documents` are JSON texts that the worker serves over HTTP, by their paths.
    """

    jobs: Mapping[str, Job]
    checks: Mapping[str, Check] = field(default_factory=dict)
    documents: Mapping[str, bytes] = field(default_factory=dict)


OpenParts = Callable[[SettingsT], AbstractAsyncContextManager[WorkerParts]]


def run_worker(open_parts: OpenParts[SettingsT], settings: SettingsT) -> None:
    """Runs until SIGTERM or SIGINT. Ends the process with code 1 if a part dies or the port is taken."""
    configure_logs(service=settings.service_name, role="worker", level=settings.log_level)
    try:
        require_free_port(settings.http_host, settings.worker_port, setting=f"{PREFIX}WORKER_PORT")
    except PortTaken as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(EXIT_PORT_TAKEN) from None
    if not uvloop.run(_Worker(settings, open_parts(settings)).run()):
        raise SystemExit(EXIT_PART_DIED)


class _Worker:
    """One worker process: it opens its parts, runs their jobs, closes them."""

    def __init__(self, settings: ServiceSettings, parts: AbstractAsyncContextManager[WorkerParts]) -> None:
        self._settings = settings
        self._parts = parts
        self._health = Health(service=settings.service_name, role="worker")
        self._documents: dict[str, bytes] = {}
        self._jobs: list[asyncio.Task[None]] = []
        self._closing = asyncio.Event()

    async def run(self) -> bool:
        """Returns whether the process was asked to stop; False: a part died."""
        stop = asyncio.create_task(stop_requested().wait(), name="stop signal")
        address = self._settings.http_host, self._settings.worker_port
        server = asyncio.create_task(health_server(self._health, *address, self._documents), name="health server")
        opened: asyncio.Future[WorkerParts] = asyncio.get_running_loop().create_future()
        holder = asyncio.create_task(self._hold(opened), name="parts")
        asked = await _first(stop, opened, dies=[server, holder])
        if asked and not stop.done():
            self._begin(opened.result())
            asked = await _first(stop, dies=[server, holder, *self._jobs])
        self._health.mark_started(False)
        await self._close(holder, server)
        return asked

    async def _hold(self, opened: asyncio.Future[WorkerParts]) -> None:
        # One task opens and closes them, as task groups and timeouts inside require.
        async with self._parts as parts:
            opened.set_result(parts)
            await self._closing.wait()

    def _begin(self, parts: WorkerParts) -> None:
        for name, check in parts.checks.items():
            self._health.add(name, check)
        self._documents.update(parts.documents)
        self._jobs = [asyncio.create_task(job(), name=name) for name, job in parts.jobs.items()]
        exempt_from_collection()
        self._health.mark_started()

    async def _close(self, holder: asyncio.Task[None], server: asyncio.Task[None]) -> None:
        """Stops the jobs, then closes their parts, and last the health server, so that it answers "not ready"."""
        try:
            async with asyncio.timeout(self._settings.stop_limit):
                await asyncio.gather(*map(_end, self._jobs))
                if self._jobs:
                    self._closing.set()
                    await asyncio.wait({holder})
                await _end(holder)
                await _end(server)
        except TimeoutError:
            hanging = [task.get_name() for task in (*self._jobs, holder, server) if not task.done()]
            _log.critical("stopping took too long: %s", ", ".join(hanging))
            logging.shutdown()
            os._exit(EXIT_PART_DIED)


async def _first(*awaited: asyncio.Future[Any], dies: list[asyncio.Task[None]]) -> bool:
    """Waits for one of `awaited`. Returns False if one of `dies`, which should never end, ended first."""
    await asyncio.wait({*awaited, *dies}, return_when=asyncio.FIRST_COMPLETED)
    dead = [task for task in dies if task.done()]
    for task in dead:
        cause = None if task.cancelled() else task.exception()
        _log.critical("%s died, and the process ends with it", task.get_name(), exc_info=cause)
    return not dead


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.warning("%s did not end well", task.get_name(), exc_info=error)
