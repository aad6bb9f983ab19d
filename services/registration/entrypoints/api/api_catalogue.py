"""/app-mgmt/v4/apis: the APIs that an application can choose."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from services.registration.domain.api_catalogue import CATALOGUE
from services.registration.entrypoints.api.documented import reading
from services.registration.entrypoints.api.request_parts import Caller
from services.registration.entrypoints.api.shown import ShownApi

router = APIRouter(prefix="/app-mgmt/v4/apis", tags=["API catalogue"])


@router.get("", summary="List the APIs", response_model=list[ShownApi], responses=reading())
async def list_apis(_: Caller) -> Response:
    """Every API with its scopes, its sensitive data groups and the APIs that it needs. Any valid token may ask."""
    return JSONResponse([ShownApi.of(api).model_dump(by_alias=True) for api in CATALOGUE.values()])
