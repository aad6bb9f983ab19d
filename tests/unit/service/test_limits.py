"""How long a request's body may take, whoever reads it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from fastapi import APIRouter
from pydantic import BaseModel
from starlette.types import Message, Receive, Scope, Send

from grantstream.service.answers import send_answer
from grantstream.service.app import Api
from grantstream.service.json_bodies import StrictJsonRoute
from grantstream.service.limits import BodyLimit, read_body
from grantstream.service.problems import Problem
from tests.unit.service.asgi_client import tiny_api

LIMIT = 0.1
SMALL = 64 * 1024


class Thing(BaseModel):
    name: str


async def hot(_scope: Scope, receive: Receive, send: Send) -> None:
    await send_answer(send, 200, "text/plain", await read_body(receive))


@pytest.fixture
def api() -> Api:
    router = APIRouter(route_class=StrictJsonRoute)

    @router.post("/things")
    async def make(thing: Thing) -> Thing:
        return thing

    made = tiny_api(router, body_timeout=LIMIT)
    made.add_hot("POST", "/hot", hot)
    return made


async def nothing_more() -> AsyncIterator[bytes]:
    yield b'{"na'
    await asyncio.Event().wait()


async def nothing_at_all() -> AsyncIterator[bytes]:
    await asyncio.Event().wait()
    yield b""


async def one_byte_now_and_then() -> AsyncIterator[bytes]:
    while True:
        yield b" "
        await asyncio.sleep(LIMIT / 4)


@pytest.mark.parametrize("path", ["/things", "/hot"])
@pytest.mark.parametrize("pieces", [nothing_more, nothing_at_all, one_byte_now_and_then])
@pytest.mark.parametrize("told", [b"content-length", b"transfer-encoding"])
async def test_a_slow_body_is_408_and_closes_the_connection(api: Api, path: str, pieces: Any, told: bytes) -> None:
    async with asyncio.timeout(20 * LIMIT):
        start, body = await _answer(api, path, pieces(), (told, b"900" if told == b"content-length" else b"chunked"))
    assert (start["status"], orjson.loads(body["body"])["code"]) == (408, "body_too_slow")
    assert (b"connection", b"close") in start["headers"]


async def test_a_body_of_declared_length_needs_no_further_receive() -> None:
    turns = list[None]()

    async def receive() -> Message:
        turns.append(None)
        return {"type": "http.request", "body": b"abc", "more_body": True}

    async def app(_scope: Scope, receive: Receive, _send: Send) -> None:
        assert await read_body(receive) == b"abc"

    scope = {"type": "http", "headers": [(b"content-length", b"3")]}
    await BodyLimit(app, limit=10, seconds=LIMIT, most_together=10)(scope, receive, _ignore)
    assert len(turns) == 1


async def test_waiting_for_a_disconnect_has_no_time_limit() -> None:
    messages: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}, {"type": "http.disconnect"}]

    async def receive() -> Message:
        if len(messages) == 1:
            await asyncio.sleep(2 * LIMIT)
        return messages.pop(0)

    async def app(_scope: Scope, receive: Receive, _send: Send) -> None:
        await receive()
        assert (await receive())["type"] == "http.disconnect"

    await BodyLimit(app, limit=10, seconds=LIMIT, most_together=10)({"type": "http", "headers": []}, receive, _ignore)
    assert not messages


async def test_large_bodies_share_a_limit_that_small_ones_bypass() -> None:
    taken, first_is_there = list[int](), asyncio.Event()
    first_may_end = asyncio.Event()

    async def app(_scope: Scope, receive: Receive, _send: Send) -> None:
        taken.append(len(await read_body(receive)))
        if not first_is_there.is_set():
            first_is_there.set()
            await first_may_end.wait()

    limits = BodyLimit(app, limit=SMALL + 1000, seconds=5, most_together=1000)
    first = asyncio.create_task(_pass(limits, SMALL + 600))
    await first_is_there.wait()
    for told in (True, False):
        with pytest.raises(Problem) as refused:
            await _pass(limits, SMALL + 600, told=told)
        assert (refused.value.status, refused.value.headers) == (503, {"Retry-After": "1", "Connection": "close"})
    await _pass(limits, SMALL + 400)
    for told in (True, False):
        await _pass(limits, SMALL, told=told)
    first_may_end.set()
    await first
    await _pass(limits, SMALL + 1000)
    assert taken == [SMALL + 600, SMALL + 400, SMALL, SMALL, SMALL + 1000]


async def _pass(limits: BodyLimit, size: int, *, told: bool = True) -> None:
    pieces = [b"x" * 1000] * (size // 1000) + [b"x" * (size % 1000), b""]

    async def receive() -> Message:
        piece = pieces.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    headers = [(b"content-length", b"%d" % size)] if told else [(b"transfer-encoding", b"chunked")]
    await limits({"type": "http", "headers": headers}, receive, _ignore)


async def _answer(api: Api, path: str, pieces: AsyncIterator[bytes], told: tuple[bytes, bytes]) -> list[Any]:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": await anext(pieces), "more_body": True}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json"), told]
    scope = {"type": "http", "method": "POST", "path": path, "headers": headers, "query_string": b""}
    await api(scope, receive, send)
    return sent


async def _ignore(_: Message) -> None:
    pass
