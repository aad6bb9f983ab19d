"""The small HTTP server of a worker process: `/health/live`, `/health/ready`, `/metrics`, and its documents."""

import asyncio
import contextlib
from collections.abc import Mapping

from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server
from starlette.types import ASGIApp, Receive, Scope, Send

from grantstream.service.answers import send_answer
from grantstream.service.dispatch import Dispatch
from grantstream.service.health import Health
from grantstream.service.logs import granian_log_config
from grantstream.service.telemetry.exposition import metrics_endpoint


async def health_server(health: Health, host: str, port: int, documents: Mapping[str, bytes]) -> None:
    """Serves in the running event loop until cancelled.

    `documents` are JSON texts by their paths; more may be added while it serves.
    """
    dispatch = Dispatch(_documents(documents))
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
        # Granian's own task must not be cancelled: it owns a thread that would continue.
        server.stop()  # type: ignore[no-untyped-call]
        with contextlib.suppress(asyncio.CancelledError):
            await serving


def _documents(documents: Mapping[str, bytes]) -> ASGIApp:
    async def answer(scope: Scope, _receive: Receive, send: Send) -> None:
        document = documents.get(scope["path"]) if scope["method"] in ("GET", "HEAD") else None
        if document is None:
            await send_answer(send, 404, "text/plain", b"not found\n")
        else:
            await send_answer(send, 200, "application/json", document)

    return answer
