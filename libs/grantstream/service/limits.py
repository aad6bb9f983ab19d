"""The limits on a request's body: its size, whether told beforehand or not, and the time that it takes to arrive."""

import asyncio
from collections.abc import Awaitable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from grantstream.service.problems import Problem, too_large, too_slow


class BodyLimit:
    """Plain ASGI: refuses bodies of more than `limit` bytes (413), and those that take longer than `seconds` (408).

    Both are Problems, which go to whoever reads on. A told length is refused before anything is read; a streamed body
    as soon as it exceeds the limit. The time runs from the first reading to the end of the body.
    """

    def __init__(self, app: ASGIApp, limit: int, seconds: float) -> None:
        self.app = app
        self.limit = limit
        self.seconds = seconds

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Passes the request on."""
        length = _told_length(scope)
        if length is not None and length > self.limit:
            raise too_large(self.limit)
        return self.app(scope, self._bounded(receive, length), send)

    def _bounded(self, receive: Receive, length: int | None) -> Receive:
        seen = 0
        until: float | None = None
        whole = False

        async def bounded() -> Message:
            nonlocal seen, until, whole
            if whole:
                return await receive()  # who reads on waits for the client to leave, and that has no deadline
            if until is None:
                until = asyncio.get_running_loop().time() + self.seconds
            try:
                async with asyncio.timeout_at(until):
                    message = await receive()
            except TimeoutError:
                raise too_slow(self.seconds) from None
            seen += len(message.get("body", b""))
            if seen > self.limit:
                raise too_large(self.limit)
            if seen == length and message["type"] == "http.request":
                message["more_body"] = False  # the server would need another turn to say so
            whole = not message.get("more_body", False)
            return message

        return bounded


async def read_body(receive: Receive) -> bytes:
    """The whole body, for plain ASGI callables. Raises Problem past a limit (413, 408), ClientGone if it breaks off."""
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body", False):
        whole: bytes = message.get("body", b"")
        return whole
    parts = []
    while True:
        if message["type"] != "http.request":
            raise ClientGone
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)
        message = await receive()


class ClientGone(Exception):
    """The client closed its connection before its request was whole; nobody is there to be answered."""


def _told_length(scope: Scope) -> int | None:
    for name, value in scope.get("headers", ()):
        if name == b"content-length":
            if not value.isdigit():
                raise Problem(400, "malformed", "The request can't be understood.", "Content-Length is not a number.")
            return int(value)
        if name == b"transfer-encoding":
            return None
    # Neither header: there is no body (RFC 9112, section 6.3), except on HTTP/2, where lengths need not be told.
    return None
