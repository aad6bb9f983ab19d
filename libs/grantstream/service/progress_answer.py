"""How answers render the progress of a change."""

from collections.abc import Mapping
from typing import Any

import orjson
from fastapi import Response
from pydantic import Field

from grantstream.fence import Pending
from grantstream.service.bodies import ResponseBody
from grantstream.service.in_force import Progress


class PendingResponse(ResponseBody):
    """A process that has not said yet that it goes by a change."""

    service: str
    role: str
    instance: str

    @classmethod
    def of(cls, pending: Pending) -> "PendingResponse":
        """A process as answers name it."""
        return cls(service=pending.service, role=pending.role, instance=pending.instance_id)


class ProgressResponse(ResponseBody):
    """How far a change has come."""

    reached: bool = Field(description="No process anywhere goes by an older state.")
    published: bool = Field(description="The change has been read on the fence.")
    pending: list[PendingResponse] = Field(description="Processes that have not said yet that they go by it.")

    @classmethod
    def of(cls, progress: Progress) -> "ProgressResponse":
        """The progress as it is now."""
        pending = [PendingResponse.of(one) for one in progress.pending]
        return cls(reached=progress.reached, published=progress.published, pending=pending)


class ChangeResponse(ResponseBody):
    """An answer to an order; with status 202 it names the processes that may not go by the change yet."""

    pending: list[PendingResponse] | None = Field(default=None, description="Only with status 202.")
    status: str | None = Field(default=None, description="Only with status 202: where to ask how far it has come.")


def progress_answer(
    status: int,
    body: Mapping[str, Any] | None,
    progress: Progress,
    *,
    status_url: str,
    headers: Mapping[str, str] | None = None,
    location: str | None = None,
) -> Response:
    """The answer to an order: `status` once every process knows, else 202 with who does not.

    `status_url` is where to ask again, which a 202 gives as its Location too; `location` is the Location of the others.
    Nobody on the way keeps what an answer says about people.
    """
    sent = {"Cache-Control": "no-store", "Server-Timing": _server_timing(progress)} | dict(headers or {})
    if not progress.reached:
        pending = ProgressResponse.of(progress).model_dump()["pending"]
        late = dict(body or {}) | {"status": status_url, "pending": pending}
        return Response(orjson.dumps(late), 202, sent | {"Location": status_url}, media_type="application/json")
    if location is not None:
        sent["Location"] = location
    if body is None:
        return Response(None, status, sent)
    return Response(orjson.dumps(body), status, sent, media_type="application/json")


def _server_timing(progress: Progress) -> str:
    # W3C Server-Timing: how many milliseconds it took until every process knew.
    return f'fence;dur={progress.waited * 1000:.1f};desc="known everywhere"'
