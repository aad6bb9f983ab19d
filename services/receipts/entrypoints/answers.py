"""The JSON of answers (Receipts API, section 6)."""

from collections.abc import Iterable
from datetime import UTC
from email.utils import format_datetime
from typing import Any

import orjson

from grantstream.service.bodies import in_milliseconds
from services.receipts.domain.processing import Processing
from services.receipts.domain.receipt import Receipt
from services.receipts.schemas.register import SchemaRegister, identifier_of
from services.receipts.use_cases.read_receipts import Page


def receipt_json(receipt: Receipt, base_url: str) -> dict[str, Any]:
    """One receipt (section 6.3). Its data is the stored text, which is not parsed."""
    return {
        "id": receipt.receipt_id,
        "userId": receipt.user_id,
        "companyId": receipt.company_id,
        "dateTimeReceived": in_milliseconds(receipt.received_at),
        "modifiedAt": in_milliseconds(receipt.modified_at),
        "stateModifiedAt": in_milliseconds(receipt.state_modified_at),
        "validationSchema": identifier_of(receipt.schema_id),
        "receipt": orjson.Fragment(receipt.text),
        "image": "",
        "digitizationStatus": "NO_PROCESSING_REQUIRED",
        "self": f"{base_url}/receipts/v4/{receipt.receipt_id}",
        "template": f"{base_url}/receipts/v4/{{receiptId}}",
    }


def page_json(page: Page, user_id: str, base_url: str) -> dict[str, Any]:
    """A page of a user's receipts; with `next` only if more follow."""
    answer: dict[str, Any] = {"receipts": [receipt_json(receipt, base_url) for receipt in page.receipts]}
    if page.next_start is not None:
        answer["next"] = f"{base_url}/receipts/v4/users/{user_id}/page/{page.next_start}"
    return answer


def status_json(processing: Processing) -> dict[str, Any]:
    """The processing status and its log (section 6.6); times as in HTTP headers."""
    return {
        "status": processing.status.value,
        "logs": [
            {
                "logLevel": line.level,
                "message": line.message,
                "timestamp": format_datetime(line.at.astimezone(UTC), usegmt=True),
            }
            for line in processing.log
        ],
    }


def service_index(base_url: str) -> dict[str, Any]:
    """The service index (section 6.1)."""
    root = f"{base_url}/receipts/v4"
    return {
        "links": [
            {"rel": "self", "href": root},
            {"rel": "receipt-get", "method": "GET", "href": f"{root}/{{receiptId}}"},
            {"rel": "receipt-post", "method": "POST", "href": f"{root}/users/{{userId}}"},
            {"rel": "receipts-get-user", "method": "GET", "href": f"{root}/users/{{userId}}"},
            {"rel": "schemas-get", "method": "GET", "href": f"{base_url}/receipts/schemas"},
        ]
    }


def schema_index(schemas: SchemaRegister, base_url: str) -> dict[str, Any]:
    """The schema index (section 6.2)."""
    return {
        "receiptSchemas": _schema_links(schemas.receipt_schemas, base_url),
        "supportingSchemas": _schema_links(schemas.supporting_schemas, base_url),
    }


def _schema_links(schema_ids: Iterable[str], base_url: str) -> list[dict[str, str]]:
    return [
        {"rel": identifier_of(schema_id), "method": "GET", "href": f"{base_url}/receipts/schemas/{schema_id}"}
        for schema_id in schema_ids
    ]
