"""Counts and times HTTP requests by their route's template, never by the requested path."""

from typing import Final

from prometheus_client import Histogram
from starlette.types import Scope

from grantstream.service.dispatch import ROUTE_KEY
from grantstream.service.telemetry.metric_names import HTTP_REQUESTS, REQUEST_BUCKETS
from grantstream.service.telemetry.metrics import histogram

_UNMATCHED: Final = "unmatched"
_CLIENT_GONE: Final = 499
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class RequestTimes:
    """Observes requests; caches the metric of each (method, route, status), because a lookup costs more."""

    def __init__(self) -> None:
        self._times = histogram(HTTP_REQUESTS, REQUEST_BUCKETS)
        self._children: dict[tuple[str, str, int], Histogram] = {}

    def observe(self, scope: Scope, status: int, seconds: float) -> None:
        """Counts one request; `status` 0: the client disconnected before an answer began."""
        method = scope["method"]
        key = (method if method in _METHODS else "OTHER", route_template(scope), status or _CLIENT_GONE)
        child = self._children.get(key)
        if child is None:
            child = self._children[key] = self._times.labels(key[0], key[1], str(key[2]))
        child.observe(seconds)


def route_template(scope: Scope) -> str:
    """The template of the route that answered, such as `/apps/{appId}`."""
    template: str | None = scope.get(ROUTE_KEY)
    return template or getattr(scope.get("route"), "path", None) or _UNMATCHED
