"""A company as its own people see it, and what the platform's staff decide about it."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, PositiveInt, StrictBool

from grantstream.contracts import subjects
from grantstream.contracts.claims import AccessTokenClaims, Principal
from grantstream.contracts.roles import Role
from grantstream.guard.asgi import require
from grantstream.service.effect import Effects
from grantstream.service.effect_shown import ShownEffect, effect_answer
from grantstream.service.json_bodies import StrictJsonRoute
from grantstream.service.moments import Moment
from services.token.domain.company import Company
from services.token.entrypoints.documented_problems import CHANGING, READING
from services.token.entrypoints.json_answer import json_answer
from services.token.errors import NotFound
from services.token.use_cases.changes import change_of_company
from services.token.use_cases.modify_company import ModifyCompany
from services.token.use_cases.read_company import ReadCompany

router = APIRouter(route_class=StrictJsonRoute, tags=["companies"], responses=READING)

Reader = Annotated[AccessTokenClaims, Depends(require("company.read", principals=[Principal.USER]))]
Staff = Annotated[
    AccessTokenClaims, Depends(require("company.write", principals=[Principal.USER], roles=[Role.REVIEW_STAFF]))
]


class CompanyPatch(BaseModel):
    """What staff decide."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    developmentPartner: StrictBool


class CompanyAnswer(BaseModel):
    """A company."""

    companyId: str
    name: str
    domain: str
    developmentPartner: bool
    sandbox: bool
    version: int
    createdAt: Moment
    updatedAt: Moment


def _modify_company(request: Request) -> ModifyCompany:
    use_case: ModifyCompany = request.app.state.modify_company
    return use_case


def _read_company(request: Request) -> ReadCompany:
    use_case: ReadCompany = request.app.state.read_company
    return use_case


def _effects(request: Request) -> Effects:
    effects: Effects = request.app.state.effects
    return effects


@router.get("/companies/{companyId}", response_model=CompanyAnswer, summary="Read a company")
async def read_company(
    companyId: str,
    claims: Reader,
    read: Annotated[ReadCompany, Depends(_read_company)],
) -> Any:
    """The own company; staff may read any."""
    return json_answer(_told(await _visible(read, companyId, claims)))


@router.patch(
    "/companies/{companyId}",
    response_model=CompanyAnswer,
    summary="Change a company (staff)",
    responses=CHANGING | {202: {"description": "Changed, but not effective everywhere yet; `status` tells more."}},
)
async def change_company(
    companyId: str,
    asked: CompanyPatch,
    claims: Staff,  # noqa: ARG001 - being let in is all that is asked of it
    modify: Annotated[ModifyCompany, Depends(_modify_company)],
) -> Any:
    """Makes a company a Development Partner, or takes that back."""
    if not subjects.is_possible_id(companyId):
        raise NotFound("no company has such an id")
    company, effect = await modify(
        company_id=companyId, development_partner=asked.developmentPartner, now=datetime.now(UTC)
    )
    status_url = f"/companies/{company.company_id}/changes/{company.version}"
    return effect_answer(200, _told(company), effect, status_url=status_url)


@router.get("/companies/{companyId}/changes/{version}", response_model=ShownEffect, summary="How far a change has come")
async def change_progress(
    companyId: str,
    version: PositiveInt,
    claims: Reader,
    read: Annotated[ReadCompany, Depends(_read_company)],
    effects: Annotated[Effects, Depends(_effects)],
) -> ShownEffect:
    """Whether every process knows of this version of the company, and if not, which ones do not."""
    company = await _visible(read, companyId, claims)
    return ShownEffect.of(await effects.so_far(change_of_company(company), version))


async def _visible(read: ReadCompany, company_id: str, claims: AccessTokenClaims) -> Company:
    may_see = claims.company_id == company_id or Role.REVIEW_STAFF in claims.roles
    if not may_see or not subjects.is_possible_id(company_id):
        raise NotFound("another company")
    return await read(company_id)


def _told(company: Company) -> dict[str, Any]:
    answer = CompanyAnswer(
        companyId=company.company_id,
        name=company.name,
        domain=company.domain,
        developmentPartner=company.development_partner,
        sandbox=company.sandbox,
        version=company.version,
        createdAt=company.created_at,
        updatedAt=company.updated_at,
    )
    return answer.model_dump()
