"""Large answers: receipts may be megabytes, and clients may read slowly.

The server would hold each whole answer until its client has read it. So a large answer is sent piece by piece, each
piece when the connection has room for it; and all large answers together are limited in size, each of them in time.
"""

import asyncio
from typing import Any, Final

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from grantstream.service.failures import try_again
from grantstream.service.limits import ClientGone

_LARGE: Final = 256 * 1024
"""Smaller answers, which are most, are sent at once."""

_PIECE: Final = 64 * 1024


class LargeAnswers:
    """The large answers of one process: at most `most_bytes` together, and `seconds` for a client to read one."""

    def __init__(self, most_bytes: int, seconds: float) -> None:
        self.most_bytes = most_bytes
        self.seconds = seconds
        self.under_way = 0

    def json(self, content: dict[str, Any]) -> Response:
        """The answer. Sending it raises Problem (503) if too many are being sent, ClientGone if it takes too long."""
        # orjson directly: the framework's encoder can't write stored texts as they are.
        body = orjson.dumps(content)
        if len(body) <= _LARGE:
            return Response(body, media_type="application/json")
        return _InPieces(body, self)


class _InPieces(Response):
    media_type = "application/json"

    def __init__(self, body: bytes, answers: LargeAnswers) -> None:
        super().__init__(body)
        self._answers = answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI
        answers, size = self._answers, len(self.body)
        if answers.under_way and answers.under_way + size > answers.most_bytes:
            raise try_again("too_many_answers", "Too many large answers are under way.")
        answers.under_way += size
        try:
            async with asyncio.timeout(answers.seconds):
                await self._send(send)
        except TimeoutError:
            raise ClientGone from None
        finally:
            answers.under_way -= size

    async def _send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        body = memoryview(self.body)
        for start in range(0, len(body), _PIECE):
            piece = bytes(body[start : start + _PIECE])
            await send({"type": "http.response.body", "body": piece, "more_body": start + _PIECE < len(body)})
