"""POST /sandboxes: opens a sandbox, a company for trials; no token is needed."""

from fastapi import APIRouter, Response
from pydantic import Field

from grantstream.service.bodies import RequestBody, to_json
from grantstream.service.documented import accepted, problems
from grantstream.service.json_bodies import StrictJsonRoute
from grantstream.service.progress_answer import ChangeResponse, progress_answer
from services.token.entrypoints.request_parts import PartsOf
from services.token.entrypoints.users import change_path
from services.token.use_cases.sign_up_sandbox import Sandbox, SignUpSandbox, sign_up_sandbox

router = APIRouter(route_class=StrictJsonRoute, tags=["sandboxes"])


class SandboxBody(RequestBody):
    """A sandbox to open. Without a password one is generated."""

    company_name: str = Field(default="Sandbox", min_length=1, max_length=100)
    login: str = Field(min_length=3, max_length=254, examples=["robin@example.com"])
    password: str | None = Field(default=None, max_length=256)


class SandboxResponse(ChangeResponse):
    """A sandbox with its administrator. `password` only if it was generated."""

    company_id: str
    company_name: str
    company_domain: str
    user_id: str
    login: str
    roles: list[str]
    password: str | None = None

    @classmethod
    def of(cls, sandbox: Sandbox) -> "SandboxResponse":
        """The response for a new sandbox."""
        return cls(
            company_id=sandbox.company.state.company_id,
            company_name=sandbox.company.state.name,
            company_domain=sandbox.company.state.domain,
            user_id=sandbox.administrator.state.user_id,
            login=sandbox.administrator.state.login,
            roles=sorted(sandbox.administrator.roles),
            password=sandbox.generated_password,
        )


@router.post(
    "/sandboxes",
    status_code=201,
    response_model=SandboxResponse,
    summary="Open a sandbox",
    responses=accepted(SandboxResponse) | problems(400, 403, 408, 409, 413, 415, 422, 429, 503),
)
async def open_sandbox(body: SandboxBody, parts: PartsOf) -> Response:
    """Makes a Development Partner company and its Web Services Administrator. 403 if sandboxes are switched off."""
    order = SignUpSandbox(company_name=body.company_name, login=body.login, password=body.password)
    sandbox = await sign_up_sandbox(parts, None, order)
    status_url = change_path(sandbox.administrator)
    return progress_answer(201, to_json(SandboxResponse.of(sandbox)), sandbox.progress, status_url=status_url)
