"""Answers to changes and reads, with entity tags and locations."""

from collections.abc import Sequence

from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel

from grantstream.service.bodies import to_json
from grantstream.service.in_force import Progress
from grantstream.service.progress_answer import ChangeResponse, progress_answer
from services.registration.domain.app import App
from services.registration.domain.enablement import Enablement
from services.registration.entrypoints.api.conditions import entity_tag

APPS = "/app-mgmt/v4/apps"
_NO_STORE = {"Cache-Control": "no-store"}
_REVALIDATE = {"Cache-Control": "private, no-cache"}


def app_path(app_id: str) -> str:
    """The path of an application."""
    return f"{APPS}/{app_id}"


def enablement_path(company_id: str, app_id: str) -> str:
    """The path of an enablement."""
    return f"/app-mgmt/v4/companies/{company_id}/apps/{app_id}"


def done(
    response: ChangeResponse, aggregate: App | Enablement, progress: Progress, *, created: bool = False
) -> Response:
    """The answer to a change of an aggregate. `created`: with its path as Location."""
    return progress_answer(
        201 if created else 200,
        to_json(response),
        progress,
        status_url=_change_path(aggregate),
        headers={"ETag": entity_tag(aggregate.state.version)},
        location=_path(aggregate) if created else None,
    )


def deleted(app: App, progress: Progress) -> Response:
    """The answer to a deletion: 204, or 202 with the processes that may not know yet."""
    return progress_answer(204, None, progress, status_url=_change_path(app))


def _path(aggregate: App | Enablement) -> str:
    if isinstance(aggregate, App):
        return app_path(aggregate.state.app_id)
    return enablement_path(aggregate.state.company_id, aggregate.state.app_id)


def _change_path(aggregate: App | Enablement) -> str:
    return f"{_path(aggregate)}/changes/{aggregate.state.version}"


def versioned(response: BaseModel, version: int, known: frozenset[str]) -> Response:
    """The answer to a read of one object; 304 if the caller has this version."""
    headers = {"ETag": entity_tag(version), **_REVALIDATE}
    if str(version) in known:
        return Response(status_code=304, headers=headers)
    return JSONResponse(to_json(response), headers=headers)


def plain(response: BaseModel | Sequence[BaseModel]) -> Response:
    """An answer without a version."""
    return JSONResponse(to_json(response), headers=_NO_STORE)
