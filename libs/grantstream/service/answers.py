"""Sends a whole answer at once from plain ASGI."""

from collections.abc import Iterable
from functools import lru_cache

from starlette.types import Send


async def send_answer(
    send: Send, status: int, content_type: str, body: bytes, headers: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    """Sends status, headers and body; `headers`: in addition to content-type and content-length."""
    length = (b"content-length", b"%d" % len(body))
    await send(
        {"type": "http.response.start", "status": status, "headers": [_content_type(content_type), length, *headers]}
    )
    await send({"type": "http.response.body", "body": body})


@lru_cache(maxsize=32)
def _content_type(value: str) -> tuple[bytes, bytes]:
    return b"content-type", value.encode("latin-1")
