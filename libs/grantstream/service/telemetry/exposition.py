"""`GET /metrics`: this process's metrics, or those of all workers together if they share them."""

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.types import Receive, Scope, Send

from grantstream.service.answers import send_answer
from grantstream.service.telemetry.multiprocess import shared_folder


async def metrics_endpoint(_scope: Scope, _receive: Receive, send: Send) -> None:
    """Plain ASGI. Not public: the proxy does not route it."""
    await send_answer(send, 200, CONTENT_TYPE_LATEST, generate_latest(_registry()))


def _registry() -> CollectorRegistry:
    folder = shared_folder()
    if folder is None:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(folder))  # type: ignore[no-untyped-call]
    return registry
