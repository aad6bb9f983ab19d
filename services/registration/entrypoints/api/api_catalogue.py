"""/app-mgmt/v4/apis: the APIs that an application can choose."""

from fastapi import APIRouter, Response

from grantstream.service.documented import reading
from grantstream.service.request_parts import Caller
from services.registration.domain.api_catalogue import CATALOGUE
from services.registration.entrypoints.api.answers import plain
from services.registration.entrypoints.api.responses import ApiResponse

router = APIRouter(prefix="/app-mgmt/v4/apis", tags=["API catalogue"])


@router.get("", summary="List the APIs", response_model=list[ApiResponse], responses=reading())
async def list_apis(_: Caller) -> Response:
    """Every API with its scopes, its sensitive data groups and the APIs that it needs. Any valid token may ask."""
    return plain([ApiResponse.of(api) for api in CATALOGUE.values()])
