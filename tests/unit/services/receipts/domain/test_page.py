"""The name of a page leads back to the receipt after which it starts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from services.receipts.domain.page import NotAPage, PageStart
from services.receipts.domain.receipt import Receipt, is_receipt_id, receipt_id_from, whole_milliseconds

_AT = datetime(2026, 11, 22, 7, 30, 0, 123_000, tzinfo=UTC)
_RECEIPT = Receipt(
    receipt_id="0" * 31 + "a",
    company_id="c",
    user_id="u",
    app_id="a",
    schema_id="general-receipt.schema.json",
    received_at=_AT,
    modified_at=_AT,
    state_modified_at=_AT,
    text="{}",
)


def test_a_page_is_named_after_the_receipt_before_it() -> None:
    assert str(PageStart.after(_RECEIPT)) == f"1795332600123_{_RECEIPT.receipt_id}"


@pytest.mark.parametrize("milliseconds", [0, 1, 999, 1_001])
def test_a_page_is_found_by_its_name(milliseconds: int) -> None:
    start = PageStart.after(replace(_RECEIPT, received_at=_AT + timedelta(milliseconds=milliseconds)))
    assert PageStart.parse(str(start)) == start


@pytest.mark.parametrize(
    "name", ["", "2", "x_" + "0" * 32, "-1_" + "0" * 32, "1_" + "A" * 32, "9" * 15 + "_" + "0" * 32, "1_" + "0" * 33]
)
def test_any_other_name_is_no_page(name: str) -> None:
    with pytest.raises(NotAPage):
        PageStart.parse(name)


def test_times_are_truncated_to_milliseconds() -> None:
    assert whole_milliseconds(_AT.replace(microsecond=123_999)) == _AT


def test_the_id_of_a_receipt_is_no_word_of_a_path() -> None:
    assert is_receipt_id(receipt_id_from(uuid4()))
    words = ("status", "users", "image-only-receipts", "digitizedImages", "sdrExtracts")
    assert not any(is_receipt_id(word) for word in (*words, "A" * 32, "0" * 31, "0" * 32 + "\n"))
