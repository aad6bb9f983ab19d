"""A small load generator: the same request over a few kept-alive connections, each waiting for its answer.

Its own work for a request is a few microseconds, so what is measured is the server.
"""

import asyncio
import time
from typing import cast


class _Connection(asyncio.Protocol):
    def __init__(self, request: bytes, until: float, done: "asyncio.Future[int]") -> None:
        self._request = request
        self._until = until
        self._done = done
        self._buffer = b""
        self._count = 0
        self._transport: asyncio.WriteTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._buffer[:end].lower()
        at = head.index(b"content-length: ") + 16
        length = int(head[at : head.find(b"\r\n", at) if head.find(b"\r\n", at) > 0 else end])
        if len(self._buffer) < end + 4 + length:
            return
        if not head.startswith(b"http/1.1 200"):
            self._done.set_exception(RuntimeError(self._buffer.decode(errors="replace")))
            self._transport.close()
            return
        self._buffer = b""
        self._count += 1
        if time.perf_counter() < self._until:
            self._transport.write(self._request)
        elif not self._done.done():
            self._done.set_result(self._count)
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(error or ConnectionResetError("the server closed the connection"))


async def requests_per_second(host: str, port: int, request: bytes, *, connections: int, seconds: float) -> float:
    """Answers a second over `connections` connections, each with one request under way."""
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    until = began + seconds
    done = [loop.create_future() for _ in range(connections)]
    for future in done:
        await loop.create_connection(lambda f=future: _Connection(request, until, f), host, port)
    counts = await asyncio.wait_for(asyncio.gather(*done), seconds + 10)
    return float(sum(counts)) / (time.perf_counter() - began)


def form_request(path: str, body: str, host: str) -> bytes:
    """A POST of a form as clients send it."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\nUser-Agent: bench\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body.encode()
