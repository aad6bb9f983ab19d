"""POST /sandboxes: anybody opens a company of their own to try things in."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field, StrictStr

from grantstream.service.effect_shown import effect_answer
from grantstream.service.json_bodies import StrictJsonRoute
from services.token.entrypoints.documented_problems import CHANGING, problems
from services.token.use_cases.sign_up_sandbox import Sandbox, SignUpSandbox

router = APIRouter(route_class=StrictJsonRoute, tags=["sandboxes"])


class SandboxRequest(BaseModel):
    """Who opens a sandbox. Without a password one is made and told once."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    companyName: StrictStr = Field(default="Sandbox", min_length=1, max_length=100)
    login: StrictStr = Field(min_length=3, max_length=254, examples=["robin@example.com"])
    password: StrictStr | None = Field(default=None, max_length=256)


class SandboxAnswer(BaseModel):
    """A sandbox with its administrator. `password` only if it was made here."""

    companyId: str
    companyName: str
    companyDomain: str
    userId: str
    login: str
    roles: list[str]
    password: str | None = None


def _sign_up(request: Request) -> SignUpSandbox:
    use_case: SignUpSandbox = request.app.state.sign_up_sandbox
    return use_case


@router.post(
    "/sandboxes",
    status_code=201,
    response_model=SandboxAnswer,
    summary="Open a sandbox",
    responses=CHANGING
    | problems(503)
    | {
        202: {"description": "Opened, but not every process has heard of it yet; `status` tells more."},
        403: {"description": "Sandboxes can't be opened here."},
        409: {"description": "The login belongs to somebody."},
        429: {"description": "Too many were asked for in the last minute."},
    },
)
async def open_sandbox(asked: SandboxRequest, sign_up: Annotated[SignUpSandbox, Depends(_sign_up)]) -> Any:
    """Makes a Development Partner company and its Web Services Administrator."""
    sandbox = await sign_up(name=asked.companyName, login=asked.login, password=asked.password, now=datetime.now(UTC))
    user = sandbox.administrator
    status_url = f"/companies/{user.company_id}/users/{user.user_id}/changes/{user.version}"
    return effect_answer(201, _told(sandbox), sandbox.effect, status_url=status_url)


def _told(sandbox: Sandbox) -> dict[str, Any]:
    user = sandbox.administrator
    answer = SandboxAnswer(
        companyId=sandbox.company.company_id,
        companyName=sandbox.company.name,
        companyDomain=sandbox.company.domain,
        userId=user.user_id,
        login=user.login,
        roles=sorted(user.roles),
        password=sandbox.generated_password,
    )
    return answer.model_dump(exclude_none=True)
