"""The schemas stand on their own: complete, valid, and found by the names that clients use."""

import jsonschema_rs
import pytest

from services.receipts.schemas.date_times import date_times_of
from services.receipts.schemas.register import SchemaRegister, load_schemas


@pytest.fixture(scope="module", name="schemas")
def _schemas() -> SchemaRegister:
    return load_schemas()


def test_general_receipt_is_the_only_receipt_schema(schemas: SchemaRegister) -> None:
    assert schemas.receipt_schemas == ("general-receipt.schema.json",)
    assert schemas.supporting_schemas == tuple(
        f"{name}.schema.json"
        for name in (
            "address",
            "common",
            "discount",
            "line-item",
            "location",
            "merchant",
            "payments",
            "receipt-core",
            "taxes",
        )
    )


def test_every_schema_is_a_valid_schema_of_2020_12(schemas: SchemaRegister) -> None:
    for document in schemas.documents.values():
        assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert jsonschema_rs.meta.is_valid(dict(document))


def test_the_date_times_of_a_kind_are_read_off_its_schema(schemas: SchemaRegister) -> None:
    assert date_times_of(schemas, "general-receipt.schema.json") == {"dateTime": None, "lineItems": {"dateTime": None}}
