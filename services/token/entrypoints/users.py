"""/companies/{companyId}/users: a company's administrators manage its users. User tokens only."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from grantstream.contracts.roles import Role
from grantstream.service.bodies import Moment, RequestBody, ResponseBody, to_json
from grantstream.service.documented import changing, reading
from grantstream.service.in_force import Progress
from grantstream.service.json_bodies import StrictJsonRoute
from grantstream.service.progress_answer import ChangeResponse, ProgressResponse, progress_answer
from grantstream.service.request_parts import Caller, Version
from services.token.domain.user import User
from services.token.entrypoints.request_parts import CompanyId, PartsOf, UserId
from services.token.use_cases.add_user import AddUser, add_user
from services.token.use_cases.modify_user import ModifyUser, modify_user
from services.token.use_cases.read_users import (
    ListUsers,
    ReadUser,
    ReadUserChange,
    list_users,
    read_user,
    read_user_change,
)

router = APIRouter(prefix="/companies/{companyId}/users", route_class=StrictJsonRoute, tags=["users"])

Roles = Annotated[list[Annotated[Role, Field(strict=False)]], Field(max_length=len(Role))]
_NO_STORE = {"Cache-Control": "no-store"}


class NewUserBody(RequestBody):
    """A user to add. Without a password one is generated."""

    login: str = Field(min_length=3, max_length=254, examples=["kim@example.com"])
    password: str | None = Field(default=None, max_length=256)
    roles: Roles = Field(default=[])


class UserPatch(RequestBody):
    """The fields to change; missing ones stay."""

    active: bool | None = None
    roles: Roles | None = None
    password: str | None = Field(default=None, min_length=1, max_length=256)


class UserResponse(ChangeResponse):
    """A user. `password` only in the answer that created the user, and only if it was generated."""

    user_id: str
    company_id: str
    login: str
    roles: list[str]
    active: bool
    version: int
    created_at: Moment
    updated_at: Moment
    password: str | None = None

    @classmethod
    def of(cls, user: User, generated_password: str | None = None) -> "UserResponse":
        """The response for a user."""
        return cls.model_validate(user.state.model_dump() | {"password": generated_password})


class UserPageResponse(ResponseBody):
    """A page of users; `next` is the address of the next page, if there is one."""

    items: list[UserResponse]
    next: str | None = None


@router.post(
    "",
    status_code=201,
    response_model=UserResponse,
    name="add_user",
    summary="Add a user",
    responses=changing(UserResponse, 409),
)
async def add(company_id: CompanyId, body: NewUserBody, caller: Caller, parts: PartsOf) -> Response:
    """Adds a user to the own company."""
    order = AddUser(company_id=company_id, login=body.login, password=body.password, roles=frozenset(body.roles))
    added = await add_user(parts, caller, order)
    return _done(201, UserResponse.of(added.user, added.generated_password), added.user, added.progress)


@router.get("", response_model=UserPageResponse, name="list_users", summary="List the users", responses=reading(422))
async def list_page(
    company_id: CompanyId,
    caller: Caller,
    parts: PartsOf,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[str, Query(max_length=64, pattern="^[0-9A-Za-z-]*$")] = "",
) -> Response:
    """The own company's users, a page at a time."""
    users, has_more = await list_users(parts, caller, ListUsers(company_id=company_id, after=after, size=limit))
    following = f"/companies/{company_id}/users?limit={limit}&after={users[-1].state.user_id}" if has_more else None
    page = UserPageResponse(items=[UserResponse.of(user) for user in users], next=following)
    return JSONResponse(to_json(page), headers=_NO_STORE)


@router.get("/{userId}", response_model=UserResponse, name="read_user", summary="Read a user", responses=reading())
async def read(company_id: CompanyId, user_id: UserId, caller: Caller, parts: PartsOf) -> Response:
    """One user of the own company."""
    user = await read_user(parts, caller, ReadUser(company_id=company_id, user_id=user_id))
    return JSONResponse(to_json(UserResponse.of(user)), headers=_NO_STORE)


@router.patch(
    "/{userId}",
    response_model=UserResponse,
    name="change_user",
    summary="Change a user",
    responses=changing(UserResponse),
)
async def modify(company_id: CompanyId, user_id: UserId, body: UserPatch, caller: Caller, parts: PartsOf) -> Response:
    """Deactivation, the loss of a role and a new password void everything issued to the user before."""
    roles = None if body.roles is None else frozenset(body.roles)
    order = ModifyUser(company_id=company_id, user_id=user_id, active=body.active, roles=roles, password=body.password)
    changed = await modify_user(parts, caller, order)
    return _done(200, UserResponse.of(changed.user), changed.user, changed.progress)


@router.get(
    "/{userId}/changes/{version}",
    response_model=ProgressResponse,
    name="change_progress",
    summary="How far a change has come",
    responses=reading(422),
)
async def change(
    company_id: CompanyId, user_id: UserId, version: Version, caller: Caller, parts: PartsOf
) -> ProgressResponse:
    """Whether every process knows this version of the user, and which may not."""
    order = ReadUserChange(company_id=company_id, user_id=user_id, version=version)
    return ProgressResponse.of(await read_user_change(parts, caller, order))


def change_path(user: User) -> str:
    """The path of the progress of a user's present version."""
    state = user.state
    return f"/companies/{state.company_id}/users/{state.user_id}/changes/{state.version}"


def _done(status: int, response: UserResponse, user: User, progress: Progress) -> Response:
    return progress_answer(status, to_json(response), progress, status_url=change_path(user))
