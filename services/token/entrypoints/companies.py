"""/companies/{companyId}: a company, for its own users, and its changes by the platform's staff."""

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from grantstream.service.bodies import Moment, RequestBody, to_json
from grantstream.service.documented import changing, reading
from grantstream.service.json_bodies import StrictJsonRoute
from grantstream.service.progress_answer import ChangeResponse, ProgressResponse, progress_answer
from grantstream.service.request_parts import Caller, Version
from services.token.domain.company import Company
from services.token.entrypoints.request_parts import CompanyId, PartsOf
from services.token.use_cases.modify_company import ModifyCompany, modify_company
from services.token.use_cases.read_company import ReadCompanyChange, read_company, read_company_change

router = APIRouter(prefix="/companies/{companyId}", route_class=StrictJsonRoute, tags=["companies"])


class CompanyPatch(RequestBody):
    """A change by the staff."""

    development_partner: bool


class CompanyResponse(ChangeResponse):
    """A company."""

    company_id: str
    name: str
    domain: str
    development_partner: bool
    sandbox: bool
    version: int
    created_at: Moment
    updated_at: Moment

    @classmethod
    def of(cls, company: Company) -> "CompanyResponse":
        """The response for a company."""
        return cls.model_validate(company.state.model_dump())


@router.get("", response_model=CompanyResponse, name="read_company", summary="Read a company", responses=reading())
async def read(company_id: CompanyId, caller: Caller, parts: PartsOf) -> Response:
    """The own company; staff may read any."""
    company = await read_company(parts, caller, company_id)
    return JSONResponse(to_json(CompanyResponse.of(company)), headers={"Cache-Control": "no-store"})


@router.patch(
    "",
    response_model=CompanyResponse,
    name="change_company",
    summary="Change a company (staff)",
    responses=changing(CompanyResponse),
)
async def modify(company_id: CompanyId, body: CompanyPatch, caller: Caller, parts: PartsOf) -> Response:
    """Makes a company a Development Partner, or ends that."""
    order = ModifyCompany(company_id=company_id, development_partner=body.development_partner)
    changed = await modify_company(parts, caller, order)
    status_url = f"/companies/{company_id}/changes/{changed.company.state.version}"
    return progress_answer(200, to_json(CompanyResponse.of(changed.company)), changed.progress, status_url=status_url)


@router.get(
    "/changes/{version}",
    response_model=ProgressResponse,
    name="change_progress",
    summary="How far a change has come",
    responses=reading(422),
)
async def change(company_id: CompanyId, version: Version, caller: Caller, parts: PartsOf) -> ProgressResponse:
    """Whether every process knows this version of the company, and which may not."""
    order = ReadCompanyChange(company_id=company_id, version=version)
    return ProgressResponse.of(await read_company_change(parts, caller, order))
