"""The reading routes: receipts, lists, statuses, and the indexes, which any valid token may read."""

from dataclasses import dataclass
from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Depends, Request, Response

from grantstream.contracts.claims import AccessTokenClaims
from grantstream.service.request_parts import Caller
from services.receipts.domain.page import NotAPage, PageStart
from services.receipts.entrypoints import answers
from services.receipts.entrypoints.documented import REFUSALS
from services.receipts.entrypoints.large_answers import LargeAnswers
from services.receipts.errors import NotFound
from services.receipts.schemas.register import SchemaRegister
from services.receipts.use_cases.parts import Parts
from services.receipts.use_cases.read_receipts import ListReceipts, list_receipts, read_receipt, read_status


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The parts of the routes, in `app.state.reading`."""

    parts: Parts
    large_answers: LargeAnswers
    schemas: SchemaRegister

    @property
    def base_url(self) -> str:
        """Where clients reach the platform."""
        return self.parts.base_url


def _of_this_process(request: Request) -> Reading:
    reading: Reading = request.app.state.reading
    return reading


ReadingOf = Annotated[Reading, Depends(_of_this_process)]

router: Final = APIRouter(prefix="/receipts", tags=["receipts"], default_response_class=Response, responses=REFUSALS)


@router.get("/", summary="Service index")
@router.get("", include_in_schema=False)
@router.get("/v4", summary="Service index")
@router.get("/v4/", include_in_schema=False)
async def service_index(caller: Caller, reading: ReadingOf) -> Response:  # noqa: ARG001 - only requires a token
    """The links of the service."""
    return _json(answers.service_index(reading.base_url))


@router.get("/schemas", summary="Schema index")
async def schema_index(caller: Caller, reading: ReadingOf) -> Response:  # noqa: ARG001 - only requires a token
    """The schemas of receipts and of their parts."""
    return _json(answers.schema_index(reading.schemas, reading.base_url))


@router.get("/schemas/{schema_id}", summary="One JSON schema")
async def one_schema(schema_id: str, caller: Caller, reading: ReadingOf) -> Response:  # noqa: ARG001 - as above
    """The JSON Schema of a kind of receipt, or of a part of receipts."""
    text = reading.schemas.texts.get(schema_id)
    if text is None:
        raise NotFound
    return Response(text, media_type="application/schema+json")


@router.get("/v4/users/{user_id}", summary="Receipts of a user")
async def first_page(user_id: str, caller: Caller, reading: ReadingOf) -> Response:
    """A user's newest receipts; `next` is the URL of those that follow."""
    return await _page(reading, caller, user_id, None)


@router.get("/v4/users/{user_id}/page/{page}", summary="Further receipts of a user")
async def further_page(user_id: str, page: str, caller: Caller, reading: ReadingOf) -> Response:
    """The page of a `next` URL."""
    try:
        start = PageStart.parse(page)
    except NotAPage as error:
        raise NotFound from error
    return await _page(reading, caller, user_id, start)


@router.get("/v4/status/{receipt_id}", summary="Processing status of a receipt")
async def status(receipt_id: str, caller: Caller, reading: ReadingOf) -> Response:
    """The processing status of a receipt, and its log."""
    return _json(answers.status_json(await read_status(reading.parts, caller, receipt_id)))


@router.get("/v4/{receipt_id}", summary="One receipt")
async def one_receipt(receipt_id: str, caller: Caller, reading: ReadingOf) -> Response:
    """One receipt."""
    receipt = await read_receipt(reading.parts, caller, receipt_id)
    return reading.large_answers.json(answers.receipt_json(receipt, reading.base_url))


async def _page(reading: Reading, caller: AccessTokenClaims, user_id: str, start: PageStart | None) -> Response:
    page = await list_receipts(reading.parts, caller, ListReceipts(user_id=user_id, start=start))
    return reading.large_answers.json(answers.page_json(page, user_id, reading.base_url))


def _json(content: dict[str, Any]) -> Response:
    return Response(orjson.dumps(content), media_type="application/json")
