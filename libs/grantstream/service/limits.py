"""Limits on the size and the time of a request's body, and on the size of all large bodies together."""

import asyncio
from collections.abc import Awaitable
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from grantstream.service.problems import Problem, too_large, too_many_large, too_slow

_SMALL: Final = 64 * 1024
"""Bodies up to this size are always accepted, so that large bodies can't block token requests."""


class BodyLimit:
    """Plain ASGI: refuses bodies of more than `limit` bytes (413), and those that take longer than `seconds` (408).

    Reading the body raises them as Problems. A declared length is checked before anything is read; a streamed body is
    refused as soon as it exceeds the limit. The time runs from the first read to the end of the body. All current
    bodies together, beyond 64 KiB each, may have at most `most_together` bytes; past it, 503.
    """

    def __init__(self, app: ASGIApp, limit: int, seconds: float, most_together: int) -> None:
        self.app = app
        self.limit = limit
        self.seconds = seconds
        self.most_together = most_together
        self.together = 0

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Passes the request on."""
        length = _declared_length(scope)
        if length is not None and length > self.limit:
            raise too_large(self.limit)
        body = _Body(self, receive, length)
        if length is not None and length <= _SMALL:
            return self.app(scope, body.receive, send)
        return self._perhaps_large(scope, body, send)

    async def _perhaps_large(self, scope: Scope, body: "_Body", send: Send) -> None:
        try:
            await self.app(scope, body.receive, send)
        finally:
            self.together -= body.beyond_small


class _Body:
    """The body of one request, while it is read."""

    __slots__ = ("beyond_small", "length", "limits", "next", "seen", "until", "whole")

    def __init__(self, limits: BodyLimit, receive: Receive, length: int | None) -> None:
        self.limits = limits
        self.next = receive
        self.length = length
        self.seen = 0
        self.beyond_small = 0
        self.until: float | None = None
        self.whole = False

    async def receive(self) -> Message:
        if self.whole:
            return await self.next()  # after the body, the next message is the disconnect, which has no deadline
        if self.until is None:
            self.until = asyncio.get_running_loop().time() + self.limits.seconds
        try:
            async with asyncio.timeout_at(self.until):
                message = await self.next()
        except TimeoutError:
            raise too_slow(self.limits.seconds) from None
        self._count(len(message.get("body", b"")))
        if self.seen == self.length and message["type"] == "http.request":
            message["more_body"] = False  # saves one more message
        self.whole = not message.get("more_body", False)
        return message

    def _count(self, more: int) -> None:
        limits = self.limits
        self.seen += more
        if self.seen > limits.limit:
            raise too_large(limits.limit)
        if self.seen <= _SMALL:
            return
        more = self.seen - _SMALL - self.beyond_small
        if limits.together + more > limits.most_together:
            raise too_many_large()
        limits.together += more
        self.beyond_small += more


async def read_body(receive: Receive) -> bytes:
    """The whole body, for plain ASGI callables. Raises Problem past a limit (413, 408), ClientGone on a disconnect."""
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
    """The client closed its connection before the end of its request, so no answer is possible."""


def _declared_length(scope: Scope) -> int | None:
    for name, value in scope.get("headers", ()):
        if name == b"content-length":
            if not value.isdigit():
                raise Problem(400, "malformed", "The request can't be understood.", "Content-Length is not a number.")
            return int(value)
        if name == b"transfer-encoding":
            return None
    # Neither header: there is no body (RFC 9112, section 6.3), except on HTTP/2, where lengths are optional.
    return None
