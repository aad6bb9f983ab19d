"""Builds a service's HTTP application, in these layers:

frame.py    correlation id, time, and an answer to every error
limits.py   limits on the body's size and time
dispatch.py hot endpoints, health, metrics
FastAPI     all other routes
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from starlette.datastructures import State
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from grantstream.service.allowed_methods import with_allowed_methods
from grantstream.service.dispatch import Dispatch
from grantstream.service.failures import FailureTable, standard_failures
from grantstream.service.frame import RequestFrame
from grantstream.service.health import Health
from grantstream.service.limits import BodyLimit
from grantstream.service.offline_docs import add_offline_docs
from grantstream.service.problems import PROBLEM_MEDIA_TYPE, PROBLEM_SCHEMA, RenderProblem, problem_json
from grantstream.service.process import exempt_from_collection
from grantstream.service.settings import ServiceSettings
from grantstream.service.telemetry.exposition import metrics_endpoint


class Api:
    """The ASGI application of one process; `build_api` makes it."""

    def __init__(
        self,
        settings: ServiceSettings,
        fastapi: FastAPI,
        *,
        failures: FailureTable,
        render: RenderProblem,
    ) -> None:
        self.settings = settings
        self.fastapi = fastapi
        self.health = Health(service=settings.service_name, role="http")
        self._dispatch = Dispatch(fastapi)
        limited = BodyLimit(self._dispatch, settings.max_body_bytes, settings.body_timeout, settings.large_bodies_bytes)
        self._frame = RequestFrame(limited, failures=failures, render=render)
        self.add_hot("GET", "/health/live", self.health.live)
        self.add_hot("GET", "/health/ready", self.health.ready)
        self.add_hot("GET", "/metrics", metrics_endpoint)
        for kind in (*failures, Exception):
            fastapi.add_exception_handler(kind, self._answer_failure)

    @property
    def state(self) -> State:
        """Routes get it as `request.app.state`; the guard's dependencies need `guard` there."""
        return self.fastapi.state

    def add_hot(self, method: str, path: str, endpoint: ASGIApp) -> None:
        """Adds a plain ASGI callable that takes precedence over FastAPI's router (see `dispatch.py`)."""
        self._dispatch.add(method, path, endpoint)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles a request, or the lifespan."""
        if scope["type"] == "lifespan":
            await self.fastapi(scope, receive, send)
        else:
            await self._frame(scope, receive, send)

    async def _answer_failure(self, request: Request, error: Exception) -> Response:
        scope = request.scope
        problem = self._frame.problem(error, scope)
        hot_methods = self._dispatch.methods(scope["path"])
        problem = with_allowed_methods(problem, scope, self.fastapi.routes, hot_methods)
        rendered = self._frame.render(problem, scope)
        headers = {**(problem.headers or {}), "content-type": rendered.content_type}
        return Response(rendered.body, problem.status, headers)


_INVALID_REQUEST: Final[dict[int | str, dict[str, Any]]] = {
    422: {
        "description": "The request does not fit its schema; `errors` says where.",
        "content": {PROBLEM_MEDIA_TYPE: {"schema": PROBLEM_SCHEMA}},
    }
}

Running = Callable[[Api], AbstractAsyncContextManager[None]]
"""Opens what a process needs while it serves: entered before the first request, left after the last."""


def build_api(
    settings: ServiceSettings,
    *,
    title: str,
    description: str,
    running: Running,
    routers: Sequence[APIRouter] = (),
    failures: FailureTable | None = None,
    render: RenderProblem = problem_json,
    **options: Any,
) -> Api:
    """The application of a service.

    `failures`: the service's own errors, in addition to the standard ones. `render`: the form of its error answers.
    `options` go to FastAPI.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with running(api):
            exempt_from_collection()
            api.health.mark_started()
            yield
            api.health.mark_started(False)

    options.setdefault("responses", _INVALID_REQUEST)
    # A redirect to the path without its slash would name the client's Host header, and http instead of https.
    options.setdefault("redirect_slashes", False)
    fastapi = FastAPI(title=title, description=description, docs_url=None, redoc_url=None, lifespan=lifespan, **options)
    for router in routers:
        fastapi.include_router(router)
    add_offline_docs(fastapi)
    table = standard_failures() | dict(failures or {})
    api = Api(settings, fastapi, failures=table, render=render)
    return api
