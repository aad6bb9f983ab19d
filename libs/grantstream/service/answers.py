"""Sending a whole answer at once from plain ASGI."""

from collections.abc import Iterable

from starlette.types import Send


async def send_answer(
    send: Send, status: int, content_type: str, body: bytes, headers: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    """Sends status, headers and body; `headers` are those beside content-type and content-length."""
    own = [(b"content-type", content_type.encode("latin-1")), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*own, *headers]})
    await send({"type": "http.response.body", "body": body})
