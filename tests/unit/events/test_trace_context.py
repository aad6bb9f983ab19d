"""Events carry the trace of the request that made them, if it has one."""

import asyncio
from datetime import UTC, datetime

import pytest

from grantstream.contracts.events.fence import PermissionChanged
from grantstream.contracts.void import VoidBelow
from grantstream.events.producing.outbox import prepared
from grantstream.events.producing.trace_context import chosen_traceparent, set_traceparent

GOOD = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
EVENT = PermissionChanged(subject="app/a", version=1, void_below=VoidBelow())


def header(value: str) -> tuple[bytes, bytes]:
    return (b"traceparent", value.encode())


def test_a_well_formed_traceparent_is_taken() -> None:
    assert chosen_traceparent([(b"accept", b"*/*"), header(GOOD)]) == GOOD


@pytest.mark.parametrize(
    "value",
    [
        "",
        GOOD.upper(),
        GOOD + "-more",
        GOOD + "\n",
        "ff" + GOOD[2:],
        "00-" + "0" * 32 + GOOD[35:],
        GOOD[:36] + "0" * 16 + "-01",
        "x" * 5000,
    ],
)
def test_anything_else_is_left_out_and_nothing_is_made_up(value: str) -> None:
    assert chosen_traceparent([header(value)]) is None


def test_two_of_them_are_none() -> None:
    assert chosen_traceparent([header(GOOD), header(GOOD)]) is None
    assert chosen_traceparent([]) is None


def test_an_event_carries_the_trace_of_the_handled_request() -> None:
    def event_of_request(of_request: str | None, **given: str) -> str | None:
        async def handle() -> str | None:
            set_traceparent(of_request)
            return prepared(EVENT, source="urn:test", now=datetime.now(UTC), **given).traceparent

        return asyncio.run(handle())

    assert event_of_request(GOOD) == GOOD
    assert event_of_request(None) is None
    assert event_of_request(GOOD, traceparent="given") == "given"
