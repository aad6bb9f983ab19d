"""/app-mgmt/v4/companies/{companyId}/apps: the applications that a company can enable or has enabled."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import ConfigDict

from grantstream.service.bodies import RequestBody
from grantstream.service.documented import changing, reading
from grantstream.service.json_bodies import StrictJsonRoute
from grantstream.service.progress_answer import ProgressResponse
from grantstream.service.request_parts import Caller, Version
from services.registration.entrypoints.api.answers import done, plain, versioned
from services.registration.entrypoints.api.conditions import IfMatch, IfNoneMatch
from services.registration.entrypoints.api.pages import PartOfList, next_link
from services.registration.entrypoints.api.request_parts import AppId, CompanyId, PartsOf
from services.registration.entrypoints.api.responses import EnablementResponse, ListedAppResponse, ListedPageResponse
from services.registration.use_cases.read_company_apps import (
    ListCompanyApps,
    ListingStatus,
    ReadEnablement,
    ReadEnablementChange,
    list_company_apps,
    read_enablement,
    read_enablement_change,
)
from services.registration.use_cases.set_enablement import SetEnablement, set_enablement

router = APIRouter(
    prefix="/app-mgmt/v4/companies/{companyId}/apps", route_class=StrictJsonRoute, tags=["A company's applications"]
)


class EnablementBody(RequestBody):
    """Whether the application is enabled for the company."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"enabled": True}]})

    enabled: bool


@router.get("", summary="List applications", response_model=ListedPageResponse, responses=reading(422))
async def list_for_company(
    request: Request,
    company_id: CompanyId,
    part: PartOfList,
    caller: Caller,
    parts: PartsOf,
    status: Annotated[ListingStatus, Query(description="What may be enabled, or what is.")] = ListingStatus.AVAILABLE,
) -> Response:
    """`available`: the company's own applications and public ones, if active. `enabled`: those it has enabled."""
    page = await list_company_apps(parts, caller, ListCompanyApps(company_id=company_id, status=status, part=part))
    items = [ListedAppResponse.of(entry) for entry in page.entries]
    return plain(ListedPageResponse(items=items, next=next_link(request, page.following)))


@router.get(
    "/{appId}",
    summary="Read an enablement",
    response_model=EnablementResponse,
    responses=reading(400) | {304: {"description": "The caller has this version."}},
)
async def read(company_id: CompanyId, app_id: AppId, known: IfNoneMatch, caller: Caller, parts: PartsOf) -> Response:
    """Whether the application is enabled for the own company."""
    enablement = await read_enablement(parts, caller, ReadEnablement(company_id=company_id, app_id=app_id))
    return versioned(EnablementResponse.of(enablement), enablement.state.version, known)


@router.put(
    "/{appId}",
    summary="Enable or disable an application",
    response_model=EnablementResponse,
    responses=changing(EnablementResponse, 409, 412),
)
async def put(
    company_id: CompanyId, app_id: AppId, body: EnablementBody, condition: IfMatch, caller: Caller, parts: PartsOf
) -> Response:
    """Disabling voids all tokens of the application for this company, everywhere, before the answer.

    An earlier request may still finish. A repeated order changes nothing. For administrators, and developers in their
    own sandbox.
    """
    order = SetEnablement(app_id=app_id, company_id=company_id, enabled=body.enabled, precondition=condition)
    changed = await set_enablement(parts, caller, order)
    return done(EnablementResponse.of(changed.enablement), changed.enablement, changed.progress)


@router.get(
    "/{appId}/changes/{version}",
    summary="How far a change has come",
    response_model=ProgressResponse,
    responses=reading(422),
)
async def change(company_id: CompanyId, app_id: AppId, version: Version, caller: Caller, parts: PartsOf) -> Response:
    """Whether every process uses this version of the enablement, and which may not."""
    order = ReadEnablementChange(company_id=company_id, app_id=app_id, version=version)
    return plain(ProgressResponse.of(await read_enablement_change(parts, caller, order)))
