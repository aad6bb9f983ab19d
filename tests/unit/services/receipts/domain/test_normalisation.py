"""What is kept of a receipt: what was sent, tidied, with little added."""

from typing import Any

from services.receipts.domain.normalisation import DateTimes, normalised
from tests.unit.services.receipts.samples import receipt_with, whole_receipt

_DATE_TIMES: DateTimes = {"dateTime": None, "lineItems": {"dateTime": None}}


def _kept(receipt: dict[str, Any]) -> dict[str, Any]:
    return normalised(receipt, _DATE_TIMES, app="https://x/app", user="https://x/user")


def test_offsets_get_a_colon_in_every_date_time_field() -> None:
    kept = _kept(receipt_with(("lineItems", 0, "dateTime"), "2026-03-29T09-08"))
    assert kept["dateTime"] == "2026-03-29T09:15:30+02:00"
    assert kept["lineItems"][0]["dateTime"] == "2026-03-29T09-08:00"


def test_a_date_time_in_another_field_stays_unchanged() -> None:
    assert _kept(receipt_with(("reference",), "2026-03-29T09:15+0200"))["reference"] == "2026-03-29T09:15+0200"
    assert _kept(receipt_with(("seller", "dateTime"), "2026-03-29T09:15+0200"))["seller"]["dateTime"].endswith("+0200")


def test_an_empty_string_becomes_null_at_any_depth() -> None:
    kept = _kept(receipt_with(("seller", "location", "faxNumber"), "") | {"reference": "", "unknown": [{"x": ""}]})
    assert kept["seller"]["location"]["faxNumber"] is None
    assert kept["reference"] is None
    assert kept["unknown"] == [{"x": None}]


def test_the_merchant_is_a_copy_of_the_seller_as_kept() -> None:
    kept = _kept(receipt_with(("seller", "taxId"), ""))
    assert kept["merchant"] == kept["seller"]
    assert kept["merchant"]["taxId"] is None


def test_who_sent_it_and_whose_it_is_are_added() -> None:
    kept = _kept(whole_receipt())
    assert (kept["app"], kept["user"]) == ("https://x/app", "https://x/user")


def test_added_members_never_replace_sent_ones() -> None:
    sent = {"merchant": {"name": "m"}, "app": "https://own/app", "user": "https://own/user"}
    kept = _kept(whole_receipt() | sent)
    assert {name: kept[name] for name in sent} == sent


def test_normalising_copies_the_receipt_and_keeps_its_order() -> None:
    sent = whole_receipt()
    kept = _kept(sent)
    assert sent == whole_receipt()
    assert list(kept) == [*sent, "merchant", "app", "user"]


def test_normalising_twice_changes_nothing_more() -> None:
    assert _kept(_kept(whole_receipt())) == _kept(whole_receipt())
