"""/app-mgmt/v4/{appId}/secrets: an application's client secrets."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from grantstream.service.documented import changing, reading
from grantstream.service.json_bodies import StrictJsonRoute
from grantstream.service.progress_answer import ChangeResponse
from grantstream.service.request_parts import Caller
from services.registration.entrypoints.api.answers import deleted, done, plain
from services.registration.entrypoints.api.conditions import IfMatch
from services.registration.entrypoints.api.request_parts import AppId, PartsOf
from services.registration.entrypoints.api.responses import NewSecretResponse, SecretResponse
from services.registration.entrypoints.api.secret_bodies import (
    MakeSecretBody,
    SecretPatchBody,
    read_make_secret_body,
)
from services.registration.use_cases import change_secrets, make_secret

router = APIRouter(prefix="/app-mgmt/v4/{appId}/secrets", route_class=StrictJsonRoute, tags=["Client secrets"])

SecretId = Annotated[str, Path(alias="secretId", max_length=100)]
_OPTIONAL_BODY = {
    "requestBody": {
        "required": False,
        "content": {"application/json": {"schema": MakeSecretBody.model_json_schema()}},
    }
}


@router.get("", summary="List the secrets", response_model=list[SecretResponse], responses=reading())
async def list_secrets(app_id: AppId, caller: Caller, parts: PartsOf) -> Response:
    """All secrets without their values. For the application itself, and users who may manage it."""
    secrets = await change_secrets.list_secrets(parts, caller, app_id)
    now = parts.now()
    return plain([SecretResponse.of(secret, now) for secret in secrets])


@router.post(
    "",
    summary="Make a new secret",
    response_model=NewSecretResponse,
    responses=changing(NewSecretResponse, 409, 412),
    openapi_extra=_OPTIONAL_BODY,
)
async def make(
    app_id: AppId,
    body: Annotated[MakeSecretBody, Depends(read_make_secret_body)],
    condition: IfMatch,
    caller: Caller,
    parts: PartsOf,
) -> Response:
    """Only this answer contains the new secret. The old ones end at once, or after the requested overlap.

    Tokens stay valid, unless the request says that the old secrets leaked.
    """
    made = await make_secret.make_secret(parts, caller, body.order(app_id, condition))
    return done(NewSecretResponse.of(made.secret, made.app), made.app, made.progress)


@router.patch(
    "/{secretId}",
    summary="Switch a secret on or off",
    response_model=ChangeResponse,
    responses=changing(ChangeResponse, 409, 412),
)
async def patch(app_id: AppId, secret_id: SecretId, body: SecretPatchBody, caller: Caller, parts: PartsOf) -> Response:
    """A SCIM PatchOp that replaces `/status` by `active` or `inactive`."""
    order = change_secrets.SetSecretStatus(app_id=app_id, secret_id=secret_id, status=body.status())
    changed = await change_secrets.set_secret_status(parts, caller, order)
    return done(ChangeResponse(), changed.app, changed.progress)


@router.delete("/{secretId}", summary="Delete a secret", status_code=204, responses=changing(ChangeResponse, 412))
async def delete(app_id: AppId, secret_id: SecretId, caller: Caller, parts: PartsOf) -> Response:
    """Deletes a secret, which must be inactive. Tokens issued by it become void."""
    order = change_secrets.DeleteSecret(app_id=app_id, secret_id=secret_id)
    changed = await change_secrets.delete_secret(parts, caller, order)
    return deleted(changed.app, changed.progress)
