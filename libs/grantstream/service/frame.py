"""The outermost layer of every request: correlation id, trace, time, and an answer to every error.

It is one plain ASGI callable instead of three, because each layer around `send` costs every request.
"""

from collections.abc import Awaitable
from time import perf_counter
from typing import Final

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from grantstream.events.producing.trace_context import chosen_traceparent, set_traceparent
from grantstream.service.answers import send_answer
from grantstream.service.correlation import CORRELATION_HEADER, chosen_correlation_id, set_correlation_id
from grantstream.service.failures import FailureTable, problem_for
from grantstream.service.limits import ClientGone
from grantstream.service.problems import Problem, RenderProblem, unexpected
from grantstream.service.telemetry.requests import RequestTimes, route_template

_LOGGED_KEY: Final = "grantstream.failure"

_log = structlog.get_logger(__name__)


class RequestFrame:
    """The outermost layer of an HTTP API. `failures` maps errors to problems, `render` renders them."""

    def __init__(self, app: ASGIApp, *, failures: FailureTable, render: RenderProblem) -> None:
        self.app = app
        self._failures = failures
        self.render = render
        self._times = RequestTimes()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request; everything else (the lifespan) passes through."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started_at = perf_counter()
        correlation_id = chosen_correlation_id(scope["headers"])
        set_correlation_id(correlation_id)
        set_traceparent(chosen_traceparent(scope["headers"]))
        header = (CORRELATION_HEADER, correlation_id.encode())
        status = 0

        def framed(message: Message) -> Awaitable[None]:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), header]
            return send(message)

        try:
            await self.app(scope, receive, framed)
        except ClientGone:
            pass
        except Exception as error:
            if scope.get(_LOGGED_KEY) is error:
                pass  # the framework raises the error again after its answer
            elif status == 0:
                await self.answer(error, scope, framed)
            else:
                _log.exception("a request failed after its answer had begun", route=route_template(scope))
        finally:
            self._times.observe(scope, status, perf_counter() - started_at)

    async def answer(self, error: Exception, scope: Scope, send: Send) -> None:
        """Answers with the problem for an exception."""
        problem = self.problem(error, scope)
        rendered = self.render(problem, scope)
        headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in (problem.headers or {}).items()]
        await send_answer(send, problem.status, rendered.content_type, rendered.body, headers)

    def problem(self, error: Exception, scope: Scope) -> Problem:
        """The problem for an exception; logs our own faults, once."""
        problem = problem_for(error, self._failures)
        if problem is None:
            scope[_LOGGED_KEY] = error
            _log.error("a request failed", route=route_template(scope), method=scope["method"], exc_info=error)
            return unexpected()
        if problem.status >= 500:
            causes = _kinds_of_causes(error)
            _log.warning("a request can't be served", route=route_template(scope), code=problem.code, causes=causes)
        return problem


def _kinds_of_causes(error: Exception) -> list[str]:
    # Not their texts: drivers may quote the caller's data.
    kinds = []
    cause = error.__cause__
    while cause is not None:
        kinds.append(type(cause).__name__)
        cause = cause.__cause__
    return kinds
