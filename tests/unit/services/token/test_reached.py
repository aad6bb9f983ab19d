"""A change is answered once it is effective everywhere, or with who is late."""

from dataclasses import dataclass

import orjson

from grantstream.fence import ChangeStatus, Pending
from services.token.entrypoints.reached import Effects
from services.token.use_cases.change import Change

LATE = Pending(client_id="c", instance_id="i-1", service="receipts", role="http", reached=-1)


@dataclass
class Fence:
    """Says of each subject who is late."""

    late: dict[str, tuple[Pending, ...]]

    async def wait_until_reached(self, subject: str, version: int) -> ChangeStatus:
        return ChangeStatus(known=True, pending=self.late.get(subject, ()))


async def answer(late: dict[str, tuple[Pending, ...]]):  # type: ignore[no-untyped-def]
    nudged = []

    async def nudge() -> None:
        nudged.append(True)

    effects = Effects(Fence(late), nudge)  # type: ignore[arg-type]
    found = await effects.answer(201, {"id": "x"}, [Change("user/u", 1), Change("company/c", 1)], status_url="/where")
    assert nudged
    return found


async def test_a_change_that_reached_everybody_is_answered_as_asked() -> None:
    found = await answer({})
    assert (found.status_code, orjson.loads(found.body)) == (201, {"id": "x"})
    assert found.headers["server-timing"].startswith("fence;dur=")
    assert "location" not in found.headers


async def test_a_change_that_somebody_has_not_reached_says_who_and_where_to_ask() -> None:
    found = await answer({"company/c": (LATE,)})
    assert (found.status_code, found.headers["location"]) == (202, "/where")
    body = orjson.loads(found.body)
    assert body["id"] == "x"
    assert body["pending"] == [{"service": "receipts", "role": "http", "instance": "i-1"}]
