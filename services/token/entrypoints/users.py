"""A company's administrators and its users. User tokens only, and each only within the own company."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field, PositiveInt, StrictBool, StrictStr

from grantstream.contracts import subjects
from grantstream.contracts.claims import AccessTokenClaims, Principal
from grantstream.contracts.roles import Role
from grantstream.guard.asgi import require
from grantstream.service.effect import Effects
from grantstream.service.effect_shown import ShownEffect, effect_answer
from grantstream.service.json_bodies import StrictJsonRoute
from grantstream.service.moments import Moment
from services.token.domain.role_assignment import MAY_ADMINISTER_USERS
from services.token.domain.user import User
from services.token.entrypoints.documented_problems import CHANGING, READING, problems
from services.token.entrypoints.json_answer import json_answer
from services.token.errors import NotFound
from services.token.use_cases.changes import change_of_user
from services.token.use_cases.create_user import CreateUser
from services.token.use_cases.modify_user import ModifyUser, UserChanges
from services.token.use_cases.read_users import ReadUsers
from services.token.use_cases.store_new_user import NewUser

router = APIRouter(route_class=StrictJsonRoute, tags=["users"], responses=READING)

Reader = Annotated[
    AccessTokenClaims,
    Depends(require("user.read", principals=[Principal.USER], roles=MAY_ADMINISTER_USERS)),
]
Writer = Annotated[
    AccessTokenClaims,
    Depends(require("user.write", principals=[Principal.USER], roles=MAY_ADMINISTER_USERS)),
]


class NewUserBody(BaseModel):
    """Without a password one is made and told once."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    login: StrictStr = Field(min_length=3, max_length=254, examples=["kim@example.com"])
    password: StrictStr | None = Field(default=None, max_length=256)
    roles: list[Role] = Field(default_factory=list, max_length=len(Role))


class UserPatch(BaseModel):
    """What to change; what is left out stays."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    active: StrictBool | None = None
    roles: list[Role] | None = Field(default=None, max_length=len(Role))
    password: StrictStr | None = Field(default=None, min_length=1, max_length=256)


class UserAnswer(BaseModel):
    """A user. `password` only in the answer to its creation, and only if it was made here."""

    userId: str
    companyId: str
    login: str
    roles: list[str]
    active: bool
    version: int
    createdAt: Moment
    updatedAt: Moment
    password: str | None = None


class UserPage(BaseModel):
    """A page of users; `next` is the address of the one after it, if there is one."""

    items: list[UserAnswer]
    next: str | None = None


def _create_user(request: Request) -> CreateUser:
    use_case: CreateUser = request.app.state.create_user
    return use_case


def _modify_user(request: Request) -> ModifyUser:
    use_case: ModifyUser = request.app.state.modify_user
    return use_case


def _read_users(request: Request) -> ReadUsers:
    use_case: ReadUsers = request.app.state.read_users
    return use_case


def _effects(request: Request) -> Effects:
    effects: Effects = request.app.state.effects
    return effects


@router.post(
    "/companies/{companyId}/users",
    status_code=201,
    response_model=UserAnswer,
    summary="Add a user",
    responses=CHANGING
    | problems(409)
    | {202: {"description": "Added, but not effective everywhere yet; `status` tells more."}},
)
async def add_user(
    companyId: str,
    asked: NewUserBody,
    claims: Writer,
    create: Annotated[CreateUser, Depends(_create_user)],
) -> Any:
    """Adds a user to the own company."""
    _require_own(claims, companyId)
    new = NewUser(
        company_id=companyId,
        login=asked.login,
        password=asked.password,
        roles=frozenset(asked.roles),
        by=claims.roles,
    )
    added, effect = await create(new, datetime.now(UTC))
    return effect_answer(201, _told(added.user, added.generated_password), effect, status_url=_status_url(added.user))


@router.get("/companies/{companyId}/users", response_model=UserPage, summary="List the users")
async def list_users(
    companyId: str,
    claims: Reader,
    read: Annotated[ReadUsers, Depends(_read_users)],
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[str, Query(max_length=64, pattern="^[0-9A-Za-z-]*$")] = "",
) -> Any:
    """The own company's users, a page at a time."""
    _require_own(claims, companyId)
    found, has_more = await read.page(company_id=companyId, after=after, size=limit)
    page: dict[str, Any] = {"items": [_told(user) for user in found]}
    if has_more:
        page["next"] = f"/companies/{companyId}/users?limit={limit}&after={found[-1].user_id}"
    return json_answer(page)


@router.get("/companies/{companyId}/users/{userId}", response_model=UserAnswer, summary="Read a user")
async def read_user(
    companyId: str,
    userId: str,
    claims: Reader,
    read: Annotated[ReadUsers, Depends(_read_users)],
) -> Any:
    """One user of the own company."""
    _require_own(claims, companyId)
    return json_answer(_told(await read.one(company_id=companyId, user_id=_text(userId))))


@router.patch(
    "/companies/{companyId}/users/{userId}",
    response_model=UserAnswer,
    summary="Change a user",
    responses=CHANGING | {202: {"description": "Changed, but not effective everywhere yet; `status` tells more."}},
)
async def change_user(
    companyId: str,
    userId: str,
    asked: UserPatch,
    claims: Writer,
    modify: Annotated[ModifyUser, Depends(_modify_user)],
) -> Any:
    """Deactivating, taking a role away and a new password end all that was issued to the user before."""
    _require_own(claims, companyId)
    roles = None if asked.roles is None else frozenset(asked.roles)
    changes = UserChanges(active=asked.active, roles=roles, password=asked.password)
    user, effect = await modify(
        company_id=companyId, user_id=_text(userId), changes=changes, by=claims.roles, now=datetime.now(UTC)
    )
    return effect_answer(200, _told(user), effect, status_url=_status_url(user))


@router.get(
    "/companies/{companyId}/users/{userId}/changes/{version}",
    response_model=ShownEffect,
    summary="How far a change has come",
)
async def change_progress(
    companyId: str,
    userId: str,
    version: PositiveInt,
    claims: Reader,
    read: Annotated[ReadUsers, Depends(_read_users)],
    effects: Annotated[Effects, Depends(_effects)],
) -> ShownEffect:
    """Whether every process knows of this version of the user, and if not, which ones do not."""
    _require_own(claims, companyId)
    user = await read.one(company_id=companyId, user_id=_text(userId))
    return ShownEffect.of(await effects.so_far(change_of_user(user), version))


def _require_own(claims: AccessTokenClaims, company_id: str) -> None:
    # Another company's objects look as if they did not exist.
    if claims.company_id != company_id:
        raise NotFound("another company")


def _text(user_id: str) -> str:
    if not subjects.is_possible_id(user_id):
        raise NotFound("no user has such an id")
    return user_id


def _status_url(user: User) -> str:
    return f"/companies/{user.company_id}/users/{user.user_id}/changes/{user.version}"


def _told(user: User, generated_password: str | None = None) -> dict[str, Any]:
    answer = UserAnswer(
        userId=user.user_id,
        companyId=user.company_id,
        login=user.login,
        roles=sorted(user.roles),
        active=user.active,
        version=user.version,
        createdAt=user.created_at,
        updatedAt=user.updated_at,
        password=generated_password,
    )
    return answer.model_dump(exclude_none=True)
