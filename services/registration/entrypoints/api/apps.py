"""/app-mgmt/v4/apps: registering, reading, changing and deleting applications."""

from fastapi import APIRouter, Request, Response

from grantstream.service.documented import changing, reading
from grantstream.service.json_bodies import StrictJsonRoute
from grantstream.service.progress_answer import ChangeResponse, ProgressResponse
from grantstream.service.request_parts import Caller, Version
from services.registration.entrypoints.api.answers import APPS, deleted, done, plain, versioned
from services.registration.entrypoints.api.app_bodies import ModifyAppBody, RegisterAppBody
from services.registration.entrypoints.api.conditions import IfMatch, IfNoneMatch
from services.registration.entrypoints.api.pages import PartOfList, next_link
from services.registration.entrypoints.api.request_parts import AppId, PartsOf
from services.registration.entrypoints.api.responses import AppPageResponse, AppResponse
from services.registration.use_cases.delete_app import DeleteApp, delete_app
from services.registration.use_cases.modify_app import modify_app
from services.registration.use_cases.read_apps import ReadApp, ReadAppChange, list_apps, read_app, read_app_change
from services.registration.use_cases.register_app import register_app

router = APIRouter(prefix=APPS, route_class=StrictJsonRoute, tags=["Applications"])


@router.post(
    "",
    summary="Register an application",
    status_code=201,
    response_model=AppResponse,
    responses=changing(AppResponse, 412),
)
async def register(body: RegisterAppBody, caller: Caller, parts: PartsOf) -> Response:
    """Registers an application and enables it for the own company. Only this answer contains the secret.

    For administrators of a Development Partner, and developers in their own sandbox.
    """
    registered = await register_app(parts, caller, body.order())
    response = AppResponse.of(registered.app, registered.secret)
    return done(response, registered.app, registered.progress, created=True)


@router.get("", summary="List the own company's applications", response_model=AppPageResponse, responses=reading(422))
async def list_own(request: Request, part: PartOfList, caller: Caller, parts: PartsOf) -> Response:
    """With inactive applications, without deleted ones. The platform's staff get those of all companies."""
    page = await list_apps(parts, caller, part)
    return plain(
        AppPageResponse(items=[AppResponse.of(app) for app in page.entries], next=next_link(request, page.following))
    )


@router.get(
    "/{appId}",
    summary="Read an application",
    response_model=AppResponse,
    responses=reading(400) | {304: {"description": "The caller has this version."}},
)
async def read(app_id: AppId, known: IfNoneMatch, caller: Caller, parts: PartsOf) -> Response:
    """One of the own company's applications; an application may read itself."""
    app = await read_app(parts, caller, ReadApp(app_id=app_id))
    return versioned(AppResponse.of(app), app.state.version, known)


@router.patch(
    "/{appId}", summary="Change an application", response_model=AppResponse, responses=changing(AppResponse, 409, 412)
)
async def modify(app_id: AppId, body: ModifyAppBody, condition: IfMatch, caller: Caller, parts: PartsOf) -> Response:
    """Changes the fields that the body names; removed scopes and grants are refused everywhere at once.

    The platform's staff change only `visibility`, `reviewComplete`, `suspended`, `keySpace` and `scopes`.
    An application that publishes events needs event scopes, and a key space: the subjects of its events, each whole
    (`app/4711`) or by its beginning (`receipt/portal-*`). A narrower key space voids its tokens for events.
    """
    changed = await modify_app(parts, caller, body.order(app_id, condition))
    return done(AppResponse.of(changed.app), changed.app, changed.progress)


@router.delete("/{appId}", summary="Delete an application", status_code=204, responses=changing(ChangeResponse, 412))
async def delete(app_id: AppId, condition: IfMatch, caller: Caller, parts: PartsOf) -> Response:
    """Can't be undone: all its tokens and secrets become void, and no company has it enabled any more."""
    changed = await delete_app(parts, caller, DeleteApp(app_id=app_id, precondition=condition))
    return deleted(changed.app, changed.progress)


@router.get(
    "/{appId}/changes/{version}",
    summary="How far a change has come",
    response_model=ProgressResponse,
    responses=reading(422),
)
async def change(app_id: AppId, version: Version, caller: Caller, parts: PartsOf) -> Response:
    """Whether every process uses this version of the application, and which may not."""
    order = ReadAppChange(app_id=app_id, version=version)
    return plain(ProgressResponse.of(await read_app_change(parts, caller, order)))
