"""The small HTTP server of a worker process: `/health/live`, `/health/ready`, `/metrics`, nothing else."""

import asyncio
import contextlib

from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server
from starlette.types import Receive, Scope, Send

from grantstream.service.answers import send_answer
from grantstream.service.dispatch import Dispatch
from grantstream.service.health import Health
from grantstream.service.logs import granian_log_config
from grantstream.service.telemetry.exposition import metrics_endpoint


async def health_server(health: Health, host: str, port: int) -> None:
    """Serves in the running event loop until cancelled."""
    dispatch = Dispatch(_nothing_here)
    dispatch.add("GET", "/health/live", health.live)
    dispatch.add("GET", "/health/ready", health.ready)
    dispatch.add("GET", "/metrics", metrics_endpoint)
    server = Server(
        dispatch,
        address=host,
        port=port,
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        websockets=False,
        log_dictconfig=granian_log_config(),
    )
    serving = asyncio.create_task(server.serve(), name="granian")
    try:
        await asyncio.shield(serving)
    finally:
        # Granian's own task must be told, not cancelled: it owns a thread that would go on.
        server.stop()  # type: ignore[no-untyped-call]
        with contextlib.suppress(asyncio.CancelledError):
            await serving


async def _nothing_here(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send_answer(send, 404, "text/plain", b"not found\n")
