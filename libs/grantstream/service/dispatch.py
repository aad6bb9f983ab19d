"""Hot endpoints: plain ASGI callables that take precedence over the web framework's router."""

from collections.abc import Awaitable

from starlette.types import ASGIApp, Receive, Scope, Send

ROUTE_KEY = "grantstream.route"
"""The scope's entry with the route's template, which labels metrics."""


class Dispatch:
    """Passes a request to the hot endpoint of its method and path, or else to `app`.

    A path is exact, or has one `{name}` as its last segment; that segment is then in `scope["path_params"]`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._exact: dict[tuple[str, str], ASGIApp] = {}
        self._prefixed: dict[tuple[str, str], tuple[ASGIApp, str, str]] = {}

    def add(self, method: str, path: str, endpoint: ASGIApp) -> None:
        """Adds a hot endpoint. Raises ValueError for a path that is no such template, or is taken."""
        prefix, brace, name = path.partition("{")
        key = (method, prefix)
        if key in self._exact or key in self._prefixed:
            raise ValueError(f"{method} {path} is taken")
        if not brace:
            self._exact[key] = endpoint
        elif prefix.endswith("/") and name.endswith("}") and name[:-1].isidentifier():
            self._prefixed[key] = (endpoint, name[:-1], path)
        else:
            raise ValueError(f"{path} has a parameter elsewhere than as its last segment")

    def methods(self, path: str) -> frozenset[str]:
        """The methods for which a hot endpoint was added at this path."""
        prefix, slash, last = path.rpartition("/")
        exact = {method for method, taken in self._exact if taken == path}
        prefixed = {method for method, taken in self._prefixed if last and taken == prefix + slash}
        return frozenset(exact | prefixed)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Passes the request on."""
        return self._target(scope)(scope, receive, send)

    def _target(self, scope: Scope) -> ASGIApp:
        method, path = scope["method"], scope["path"]
        endpoint = self._exact.get((method, path))
        if endpoint is not None:
            scope[ROUTE_KEY] = path
            return endpoint
        prefix, slash, last = path.rpartition("/")
        prefixed = self._prefixed.get((method, prefix + slash))
        if prefixed is None or not last:
            return self.app
        endpoint, name, scope[ROUTE_KEY] = prefixed
        scope["path_params"] = {name: last}
        return endpoint
