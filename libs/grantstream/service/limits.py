"""The limit on the size of a request's body, whether its length is told beforehand or not."""

from collections.abc import Awaitable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from grantstream.service.problems import Problem, too_large


class BodyLimit:
    """Plain ASGI: refuses bodies of more than `limit` bytes with a Problem (413), which goes to whoever reads on.

    A told length is refused before anything is read; a streamed body as soon as it exceeds the limit.
    """

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app = app
        self.limit = limit

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Passes the request on."""
        length = _told_length(scope)
        if length is None:
            return self.app(scope, self._counted(receive), send)
        if length > self.limit:
            raise too_large(self.limit)
        # The server itself holds the client to the length that it told.
        return self.app(scope, receive, send)

    def _counted(self, receive: Receive) -> Receive:
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self.limit:
                raise too_large(self.limit)
            return message

        return counted


async def read_body(receive: Receive) -> bytes:
    """The whole body, for plain ASGI callables. Raises Problem (413) past the limit, ClientGone if it breaks off."""
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
