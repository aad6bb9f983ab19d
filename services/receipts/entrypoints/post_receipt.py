"""POST /receipts/v4/users/{userId}: one plain ASGI callable."""

from collections.abc import Container, Iterable
from dataclasses import dataclass

from starlette.types import Receive, Scope, Send

from grantstream.guard.asgi import authenticate_request
from grantstream.service.json_bodies import escapes_nul, is_declared_json
from grantstream.service.limits import read_body
from services.receipts.domain.link_header import described_by
from services.receipts.domain.receipt import Receipt
from services.receipts.domain.receipt_text import NotAReceiptText, read
from services.receipts.errors import SchemaNotNamed, UnreadableBody, UnsupportedContentType
from services.receipts.schemas.register import SCHEMA_PREFIX, identifier_of
from services.receipts.use_cases.callers import demand_poster
from services.receipts.use_cases.parts import Parts
from services.receipts.use_cases.post_receipt import PostReceipt, post_receipt

RawHeaders = Iterable[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PostReceiptEndpoint:
    """The endpoint. `receivable`: the ids of the schemas of accepted receipts."""

    parts: Parts
    receivable: Container[str]
    max_depth: int

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request. Raises the errors of `problems.py`, which the outer layers turn into answers."""
        receipt = await self._post(scope, receive)
        await send({"type": "http.response.start", "status": 201, "headers": self._headers(receipt)})
        await send({"type": "http.response.body", "body": b""})

    async def _post(self, scope: Scope, receive: Receive) -> Receipt:
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        user_id: str = scope["path_params"]["user_id"]
        # Before the body is read; and again afterwards, in the use case, because a permission may end meanwhile.
        await demand_poster(self.parts, authenticate_request(self.parts.guard, headers), user_id)
        schema_id = self._named_schema(headers)
        if not is_declared_json(_values(headers, b"content-type")):
            raise UnsupportedContentType
        content = self._content(await read_body(receive))
        caller = authenticate_request(self.parts.guard, headers)
        order = PostReceipt(user_id=user_id, schema_id=schema_id, content=content)
        return await post_receipt(self.parts, caller, order)

    def _named_schema(self, headers: RawHeaders) -> str:
        for target in described_by(_values(headers, b"link")):
            schema_id = target.removeprefix(SCHEMA_PREFIX)
            if schema_id != target and schema_id in self.receivable:
                return schema_id
        raise SchemaNotNamed

    def _content(self, body: bytes) -> object:
        try:
            content = read(body, max_depth=self.max_depth)
        except NotAReceiptText as error:
            raise UnreadableBody from error
        if escapes_nul(body):  # PostgreSQL's texts can't hold it
            raise UnreadableBody
        return content

    def _headers(self, receipt: Receipt) -> list[tuple[bytes, bytes]]:
        location = f"{self.parts.base_url}/receipts/v4/{receipt.receipt_id}"
        status = f"{self.parts.base_url}/receipts/v4/status/{receipt.receipt_id}"
        links = f'<{identifier_of(receipt.schema_id)}>; rel="describedBy", <{status}>; rel="processing-status"'
        return [(b"location", location.encode()), (b"link", links.encode()), (b"content-length", b"0")]


def _values(headers: RawHeaders, wanted: bytes) -> Iterable[str]:
    return (value.decode("latin-1") for name, value in headers if name == wanted)
