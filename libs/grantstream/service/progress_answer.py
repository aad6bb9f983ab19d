"""Renders the progress of a change."""

from collections.abc import Mapping
from typing import Any

import orjson
from fastapi import Response
from pydantic import Field

from grantstream.fence import Pending
from grantstream.service.bodies import ResponseBody
from grantstream.service.in_force import Progress


class PendingResponse(ResponseBody):
    """A process that has not yet confirmed a change."""

    service: str
    role: str
    instance: str

    @classmethod
    def of(cls, pending: Pending) -> "PendingResponse":
        """The response for a process."""
        return cls(service=pending.service, role=pending.role, instance=pending.instance_id)


class ProgressResponse(ResponseBody):
    """The progress of a change."""

    reached: bool = Field(description="No process anywhere uses an older state.")
    published: bool = Field(description="The change has been read on the fence.")
    pending: list[PendingResponse] = Field(description="Processes that have not confirmed the change yet.")

    @classmethod
    def of(cls, progress: Progress) -> "ProgressResponse":
        """The response for a progress."""
        pending = [PendingResponse.of(one) for one in progress.pending]
        return cls(reached=progress.reached, published=progress.published, pending=pending)


class ChangeResponse(ResponseBody):
    """The answer to a change; with status 202 it names the processes that may not use the change yet."""

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
    """The answer to a change: `status` once every process knows it, else 202 with the processes that may not.

    `status_url`: where to ask for the progress, also the Location of a 202; `location`: the Location of other answers.
    `no-store`, because answers may hold personal data.
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
    # W3C Server-Timing: the milliseconds until every process knew the change.
    return f'fence;dur={progress.waited * 1000:.1f};desc="known everywhere"'
