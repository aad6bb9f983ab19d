"""Answers to orders and questions: entity tag, location, how long the fence took, and 202 past its limit."""

from collections.abc import Mapping
from typing import Any, TypeVar

from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel

from grantstream.service.effect import Effect
from grantstream.service.effect_shown import ShownEffect, server_timing
from services.registration.entrypoints.api.conditions import entity_tag
from services.registration.entrypoints.api.shown import WithEffect

APPS = "/app-mgmt/v4/apps"
_NO_STORE = {"Cache-Control": "no-store"}
_REVALIDATE = {"Cache-Control": "private, no-cache"}

ShownT = TypeVar("ShownT", bound=WithEffect)


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
    shown: ShownT, effect: Effect, *, changes: str, version: int, status: int = 200, location: str | None = None
) -> Response:
    """The answer to an order: `status` once every process knows, else 202 with who does not.

    `changes` is where to ask again, which a 202 gives as its Location too.
    """
    headers = {"ETag": entity_tag(version), "Server-Timing": server_timing(effect), **_NO_STORE}
    if effect.reached:
        return _json(status, shown, headers | ({"Location": location} if location else {}))
    told = shown.model_copy(update={"pending": ShownEffect.of(effect).pending, "status": changes})
    return _json(202, told, headers | {"Location": changes})


def deleted(effect: Effect, *, changes: str) -> Response:
    """The answer to a deletion: 204, or 202 with who does not know yet."""
    headers = {"Server-Timing": server_timing(effect), **_NO_STORE}
    if effect.reached:
        return Response(status_code=204, headers=headers)
    told = WithEffect(pending=ShownEffect.of(effect).pending, status=changes)
    return _json(202, told, headers | {"Location": changes})


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
    content: Any = shown.model_dump(mode="json", by_alias=True, exclude_none=True)
    return JSONResponse(content, status, dict(headers))
