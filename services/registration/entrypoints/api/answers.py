"""Answers to orders and questions, with entity tags and locations."""

from collections.abc import Mapping
from typing import Any

from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel

from grantstream.service.effect import Effect
from grantstream.service.effect_shown import effect_answer
from services.registration.entrypoints.api.conditions import entity_tag
from services.registration.entrypoints.api.shown import WithEffect

APPS = "/app-mgmt/v4/apps"
_NO_STORE = {"Cache-Control": "no-store"}
_REVALIDATE = {"Cache-Control": "private, no-cache"}


def app_path(app_id: str) -> str:
    """Where an application is."""
    return f"{APPS}/{app_id}"


def enablement_path(company_id: str, app_id: str) -> str:
    """Where a company's permission for an application is."""
    return f"/app-mgmt/v4/companies/{company_id}/apps/{app_id}"


def change_path(path: str, version: int) -> str:
    """Where to ask how far a change has come."""
    return f"{path}/changes/{version}"


def done(
    shown: WithEffect, effect: Effect, *, changes: str, version: int, status: int = 200, location: str | None = None
) -> Response:
    """The answer to an order. `changes`: where to ask how far it has come; `location`: of what was made."""
    tag = {"ETag": entity_tag(version)}
    return effect_answer(status, _content(shown), effect, status_url=changes, headers=tag, location=location)


def deleted(effect: Effect, *, changes: str) -> Response:
    """The answer to a deletion: 204, or 202 with who does not know yet."""
    return effect_answer(204, None, effect, status_url=changes)


def found(shown: BaseModel, version: int, known: frozenset[str]) -> Response:
    """The answer to a question about one object; 304 if the caller has this version."""
    headers = {"ETag": entity_tag(version), **_REVALIDATE}
    if str(version) in known:
        return Response(status_code=304, headers=headers)
    return _json(200, shown, headers)


def plain(shown: BaseModel) -> Response:
    """An answer without a version."""
    return _json(200, shown, _NO_STORE)


def _json(status: int, shown: BaseModel, headers: Mapping[str, str]) -> Response:
    return JSONResponse(_content(shown), status, dict(headers))


def _content(shown: BaseModel) -> dict[str, Any]:
    return shown.model_dump(mode="json", by_alias=True, exclude_none=True)
