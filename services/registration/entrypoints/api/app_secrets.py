"""/app-mgmt/v4/{appId}/secrets: an application's client secrets."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response
from fastapi.responses import JSONResponse

from grantstream.service.json_bodies import StrictJsonRoute
from services.registration.entrypoints.api.answers import app_path, change_path, deleted, done
from services.registration.entrypoints.api.conditions import IfMatch
from services.registration.entrypoints.api.documented import changing, reading
from services.registration.entrypoints.api.request_parts import AppId, Caller, PartsOf
from services.registration.entrypoints.api.secret_bodies import (
    MakeSecretBody,
    SecretPatchBody,
    read_make_secret_body,
)
from services.registration.entrypoints.api.shown import ShownNewSecret, ShownSecret, WithEffect
from services.registration.use_cases.app_change import ChangedApp
from services.registration.use_cases.change_secrets import app_with_secrets, delete_secret, set_secret_status
from services.registration.use_cases.make_secret import make_secret

router = APIRouter(prefix="/app-mgmt/v4/{appId}/secrets", route_class=StrictJsonRoute, tags=["Client secrets"])

SecretId = Annotated[str, Path(alias="secretId", max_length=100)]
_OPTIONAL_BODY = {
    "requestBody": {
        "required": False,
        "content": {"application/json": {"schema": MakeSecretBody.model_json_schema()}},
    }
}


@router.get("", summary="List the secrets", response_model=list[ShownSecret], responses=reading())
async def list_secrets(app_id: AppId, caller: Caller, parts: PartsOf) -> Response:
    """All secrets without their values. For the application itself, and whoever manages it."""
    app = await app_with_secrets(parts, caller, app_id)
    now = parts.now()
    shown = [ShownSecret.of(secret, now) for secret in app.secrets]
    content = [secret.model_dump(mode="json", by_alias=True, exclude_none=True) for secret in shown]
    return JSONResponse(content, headers={"Cache-Control": "no-store"})


@router.post(
    "",
    summary="Make a new secret",
    response_model=ShownNewSecret,
    responses=changing(ShownNewSecret, 409),
    openapi_extra=_OPTIONAL_BODY,
)
async def make(
    app_id: AppId,
    body: Annotated[MakeSecretBody, Depends(read_make_secret_body)],
    condition: IfMatch,
    caller: Caller,
    parts: PartsOf,
) -> Response:
    """The new secret is shown in this answer only. The old ones end at once, unless an overlap is asked for.

    Tokens stay alive, unless the old secrets are told to have leaked.
    """
    made = await make_secret(parts, caller, app_id, body.order(condition))
    version = made.changed.app.version
    shown = ShownNewSecret(id=made.secret.secret_id, value=made.secret.value, app_id=app_id, version=version)
    return done(shown, made.changed.effect, changes=change_path(app_path(app_id), version), version=version)


@router.patch(
    "/{secretId}", summary="Switch a secret on or off", response_model=WithEffect, responses=changing(WithEffect, 409)
)
async def patch(app_id: AppId, secret_id: SecretId, body: SecretPatchBody, caller: Caller, parts: PartsOf) -> Response:
    """A SCIM PatchOp that replaces `/status` by `active` or `inactive`."""
    changed = await set_secret_status(parts, caller, app_id, secret_id, body.status())
    version = changed.app.version
    return done(WithEffect(), changed.effect, changes=_changes(changed), version=version)


@router.delete("/{secretId}", summary="Delete a secret", status_code=204, responses=changing(WithEffect))
async def delete(app_id: AppId, secret_id: SecretId, caller: Caller, parts: PartsOf) -> Response:
    """Deletes a secret, which must be inactive. Tokens that it gave are void from now on."""
    changed = await delete_secret(parts, caller, app_id, secret_id)
    return deleted(changed.effect, changes=_changes(changed))


def _changes(changed: ChangedApp) -> str:
    return change_path(app_path(changed.app.app_id), changed.app.version)
