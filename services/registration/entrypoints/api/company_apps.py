"""/app-mgmt/v4/companies/{companyId}/apps: which applications a company lets in."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import ConfigDict

from grantstream.service.effect_shown import ShownEffect
from grantstream.service.json_bodies import StrictJsonRoute
from services.registration.entrypoints.api.answers import change_path, done, enablement_path, found, plain
from services.registration.entrypoints.api.app_bodies import Body
from services.registration.entrypoints.api.conditions import IfMatch, IfNoneMatch
from services.registration.entrypoints.api.documented import changing, reading
from services.registration.entrypoints.api.pages import PartOfList, next_link
from services.registration.entrypoints.api.request_parts import AppId, Caller, CompanyId, PartsOf, Version
from services.registration.entrypoints.api.shown import ShownEnablement, ShownListedApp, ShownListedPage
from services.registration.use_cases.read_change import enablement_change_effect
from services.registration.use_cases.read_company_apps import ListingStatus, list_company_apps, read_enablement
from services.registration.use_cases.set_enablement import SetEnablement, set_enablement

router = APIRouter(
    prefix="/app-mgmt/v4/companies/{companyId}/apps", route_class=StrictJsonRoute, tags=["A company's applications"]
)


class EnablementBody(Body):
    """Whether the company lets the application in."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"enabled": True}]})

    enabled: bool


@router.get("", summary="List applications", response_model=ShownListedPage, responses=reading(422))
async def list_for_company(
    request: Request,
    company_id: CompanyId,
    part: PartOfList,
    caller: Caller,
    parts: PartsOf,
    status: Annotated[ListingStatus, Query(description="What may be enabled, or what is.")] = ListingStatus.AVAILABLE,
) -> Response:
    """`available`: the own applications and the public ones, if active. `enabled`: those that the company let in."""
    page = await list_company_apps(parts, caller, company_id, status, part)
    shown = [ShownListedApp.of(entry) for entry in page.entries]
    return plain(ShownListedPage(items=shown, next=next_link(request, page.following)))


@router.get(
    "/{appId}",
    summary="Read an enablement",
    response_model=ShownEnablement,
    responses=reading(400) | {304: {"description": "The caller has this version."}},
)
async def read(company_id: CompanyId, app_id: AppId, known: IfNoneMatch, caller: Caller, parts: PartsOf) -> Response:
    """Whether the own company lets the application in."""
    enablement = await read_enablement(parts, caller, company_id, app_id)
    return found(ShownEnablement.of(enablement), enablement.version, known)


@router.put(
    "/{appId}",
    summary="Enable or disable an application",
    response_model=ShownEnablement,
    responses=changing(ShownEnablement, 409),
)
async def put(
    company_id: CompanyId, app_id: AppId, body: EnablementBody, condition: IfMatch, caller: Caller, parts: PartsOf
) -> Response:
    """Disabling refuses every live token of the application for this company, everywhere, before the answer.

    A request that was let in before may still finish. Asking again for what is so already changes nothing. For
    administrators, and developers in their own sandbox.
    """
    order = SetEnablement(app_id=app_id, company_id=company_id, enabled=body.enabled, precondition=condition)
    changed = await set_enablement(parts, caller, order)
    version = changed.enablement.version
    changes = change_path(enablement_path(company_id, app_id), version)
    return done(ShownEnablement.of(changed.enablement), changed.effect, changes=changes, version=version)


@router.get(
    "/{appId}/changes/{version}",
    summary="How far a change has come",
    response_model=ShownEffect,
    responses=reading(422),
)
async def change(company_id: CompanyId, app_id: AppId, version: Version, caller: Caller, parts: PartsOf) -> Response:
    """Tells whether every process goes by this version of the enablement, and which do not."""
    return plain(ShownEffect.of(await enablement_change_effect(parts, caller, company_id, app_id, version)))
