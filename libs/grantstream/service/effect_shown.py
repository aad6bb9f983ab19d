"""How answers tell how far a change has come."""

from collections.abc import Mapping
from typing import Any

import orjson
from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field

from grantstream.fence import Pending
from grantstream.service.effect import Effect


class ShownPending(BaseModel):
    """A process that has not said yet that it goes by a change."""

    model_config = ConfigDict(frozen=True)

    service: str
    role: str
    instance: str

    @classmethod
    def of(cls, pending: Pending) -> "ShownPending":
        """A process as answers name it."""
        return cls(service=pending.service, role=pending.role, instance=pending.instance_id)


class ShownEffect(BaseModel):
    """How far a change has come."""

    model_config = ConfigDict(frozen=True)

    reached: bool = Field(description="No process anywhere goes by an older state.")
    published: bool = Field(description="The change has been read on the fence.")
    pending: list[ShownPending] = Field(description="Processes that have not said yet that they go by it.")

    @classmethod
    def of(cls, effect: Effect) -> "ShownEffect":
        """An effect as it is now."""
        pending = [ShownPending.of(one) for one in effect.pending]
        return cls(reached=effect.reached, published=effect.published, pending=pending)


def effect_answer(
    status: int,
    body: Mapping[str, Any] | None,
    effect: Effect,
    *,
    status_url: str,
    headers: Mapping[str, str] | None = None,
    location: str | None = None,
) -> Response:
    """The answer to an order: `status` once every process knows, else 202 with who does not.

    `status_url` is where to ask again, which a 202 gives as its Location too; `location` is the Location of the others.
    Nobody on the way keeps what an answer says about people.
    """
    sent = {"Cache-Control": "no-store", "Server-Timing": _server_timing(effect)} | dict(headers or {})
    if not effect.reached:
        pending = ShownEffect.of(effect).model_dump()["pending"]
        late = dict(body or {}) | {"status": status_url, "pending": pending}
        return Response(orjson.dumps(late), 202, sent | {"Location": status_url}, media_type="application/json")
    if location is not None:
        sent["Location"] = location
    if body is None:
        return Response(None, status, sent)
    return Response(orjson.dumps(body), status, sent, media_type="application/json")


def _server_timing(effect: Effect) -> str:
    # W3C Server-Timing: how many milliseconds it took until every process knew.
    return f'fence;dur={effect.waited * 1000:.1f};desc="known everywhere"'
