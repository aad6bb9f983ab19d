"""Large answers go out piece by piece, and only so many at a time."""

import asyncio
from collections.abc import Awaitable, Callable

import orjson
import pytest
from starlette.types import Message, Send

from grantstream.service.limits import ClientGone
from grantstream.service.problems import Problem
from services.receipts.entrypoints.large_answers import LargeAnswers

LARGE = {"receipts": ["x" * 600_000]}
SMALL = {"receipts": ["x" * 1000]}


async def test_a_large_answer_arrives_whole_in_pieces() -> None:
    sent: list[Message] = []
    await _send(LargeAnswers(1_000_000, 5), LARGE, _into(sent))
    start, *pieces = sent
    body = b"".join(piece["body"] for piece in pieces)
    assert orjson.loads(body) == LARGE
    assert max(len(piece["body"]) for piece in pieces) == 64 * 1024
    assert [piece["more_body"] for piece in pieces] == [True] * (len(pieces) - 1) + [False]
    assert dict(start["headers"]) == {b"content-length": b"%d" % len(body), b"content-type": b"application/json"}


async def test_past_the_limit_only_large_answers_are_503() -> None:
    answers, slow, sent = LargeAnswers(1_000_000, 60), SlowClient(), list[Message]()
    reading = asyncio.create_task(_send(answers, LARGE, slow))
    await slow.waited_for.wait()
    with pytest.raises(Problem) as refused:
        await _send(answers, LARGE, _into(sent))
    assert (refused.value.status, refused.value.headers) == (503, {"Retry-After": "1"})
    assert not sent
    await _send(answers, SMALL, _into(sent))
    assert len(sent) == 2
    slow.goes_on.set()
    await reading
    await _send(answers, LARGE, _into(sent))


async def test_one_answer_may_be_larger_than_all_together() -> None:
    sent: list[Message] = []
    await _send(LargeAnswers(1, 5), LARGE, _into(sent))
    assert sent


async def test_a_client_that_does_not_read_is_dropped() -> None:
    """Its answer no longer counts against the limit."""
    answers = LargeAnswers(1_000_000, 0.05)
    with pytest.raises(ClientGone):
        await _send(answers, LARGE, SlowClient())
    await _send(answers, LARGE, _into([]))


class SlowClient:
    """Takes nothing until it goes on."""

    def __init__(self) -> None:
        self.waited_for = asyncio.Event()
        self.goes_on = asyncio.Event()

    async def __call__(self, message: Message) -> None:
        self.waited_for.set()
        await self.goes_on.wait()


def _into(sent: list[Message]) -> Send:
    async def send(message: Message) -> None:
        sent.append(message)

    return send


def _send(
    answers: LargeAnswers, content: dict[str, list[str]], send: Callable[[Message], Awaitable[None]]
) -> Awaitable[None]:
    async def nothing() -> Message:
        return {"type": "http.disconnect"}

    return answers.json(content)({"type": "http"}, nothing, send)
