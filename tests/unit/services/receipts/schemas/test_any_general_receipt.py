"""Any receipt that keeps the rules passes, stays valid when it is kept, and is kept only once."""

import json
from datetime import timedelta, timezone
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.receipts.domain import receipt_text
from services.receipts.domain.normalisation import normalised
from services.receipts.schemas.check import ReceiptCheck
from services.receipts.schemas.date_times import date_times_of
from services.receipts.schemas.register import load_schemas
from tests.unit.services.receipts.samples import SCHEMA_ID

_SCHEMAS = load_schemas()
_CHECK = ReceiptCheck(_SCHEMAS)
_DATE_TIMES = date_times_of(_SCHEMAS, SCHEMA_ID)

_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
_NAME = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=12)
_MONEY = st.from_regex(r"-?[0-9]{0,9}\.?[0-9]{1,9}", fullmatch=True)
_NEGATIVE = st.from_regex(r"-[0-9]{0,9}\.?[0-9]{1,9}", fullmatch=True)
_REGION = st.from_regex(r"[a-zA-Z0-9]{1,3}", fullmatch=True)
_COUNTRY = st.from_regex(r"[A-Z]{2,3}", fullmatch=True)
_NUMBER = st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def _date_times(draw: st.DrawFn) -> str:
    minutes = draw(st.integers(-14 * 60, 14 * 60))
    moment = draw(st.datetimes(timezones=st.just(timezone(timedelta(minutes=minutes)))))
    text = moment.isoformat(timespec=draw(st.sampled_from(["hours", "minutes", "seconds", "milliseconds"])))
    return text[:-3] + text[-2:] if draw(st.booleans()) else text


def _object(required: dict[str, Any], optional: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(required, optional=optional)


def _texts(*names: str) -> dict[str, st.SearchStrategy[str]]:
    return dict.fromkeys(names, _TEXT)


def _some(items: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(items, max_size=2)


_ADDRESS = _object(
    {"addressCountry": _COUNTRY}, {"addressRegion": _REGION, **_texts("streetAddress", "addressLocality", "postalCode")}
)
_LOCATION = _object(
    {"address": _ADDRESS},
    {
        "latitude": st.floats(-90, 90),
        "longitude": st.floats(-180, 180) | st.integers(-180, 180),
        **_texts("name", "number", "internetAddress", "emailAddress", "telephoneNumber", "faxNumber"),
    },
)
_MERCHANT = _object({"name": _NAME, "location": _LOCATION}, _texts("description", "taxId"))
_TAX = _object(
    {"authority": _object({"addressCountry": _COUNTRY}, {"addressRegion": _REGION}), "rate": _NUMBER, "amount": _MONEY},
    _texts("name", "rateType"),
)
_DISCOUNT = _object({}, {"discountAmount": _NEGATIVE, **_texts("discountName", "discountCode", "discountRate")})
_CARD = _object(
    {"cardType": st.sampled_from(["Visa", "JCB", "American Express"])},
    {"creditCardId": st.from_regex(r"[0-9]{4}", fullmatch=True), **_texts("authorizationCode")},
)
_PAYMENT = st.one_of(
    _object({"amount": _MONEY}, {}),
    _object({"amount": _MONEY, "cardDetail": _CARD}, {}),
    _object({"amount": _MONEY, "source": st.sampled_from(["GhostCard", "Invoice"])}, {"cardDetail": _CARD}),
    _object({"amount": _MONEY, "source": st.sampled_from(["PayPal", "ApplePay"])}, {}),
    _object({"amount": _MONEY, "ticketNumber": _NAME}, {}),
)
_LINE = _object(
    {"sequenceNumber": st.integers(), "description": _NAME, "total": _MONEY},
    {
        "dateTime": _date_times(),
        "semanticsCode": _NAME,
        "quantity": st.integers(),
        "taxes": _some(_TAX),
        "discounts": _some(_DISCOUNT),
        **dict.fromkeys(("unitCost", "subtotal", "taxesTotal"), _MONEY),
        **dict.fromkeys(("vatApplicable", "amountIncludesVat"), st.booleans()),
        **_texts("reference", "additionalDescription"),
    },
)


def _nulled(value: Any) -> Any:
    if isinstance(value, list):
        return [_nulled(item) for item in value]
    if isinstance(value, dict):
        return {name: None if member == "" else _nulled(member) for name, member in value.items()}
    return value


_RECEIPTS = _object(
    {
        "dateTime": _date_times(),
        "total": _MONEY,
        "currencyCode": st.from_regex(r"[A-Z]{3}", fullmatch=True),
        "seller": _MERCHANT,
        "payments": st.lists(_PAYMENT, min_size=1, max_size=3),
    },
    {
        **dict.fromkeys(("subtotal", "taxesTotal"), _MONEY),
        "discountsTotal": _NEGATIVE,
        "broker": _MERCHANT,
        "discounts": _some(_DISCOUNT),
        "taxes": _some(_TAX),
        "lineItems": _some(_LINE),
        "taxInvoice": st.booleans(),
        "of a later version": st.none() | _TEXT | _some(_NUMBER),
        **_texts("reference", "collectionReference"),
    },
)


@settings(max_examples=3 * settings().max_examples // 2)
@given(_RECEIPTS)
def test_any_valid_receipt_passes_and_is_kept_whole(receipt: dict[str, Any]) -> None:
    read = receipt_text.read(json.dumps(receipt).encode(), max_depth=32)
    assert _CHECK.violations(SCHEMA_ID, read, limit=50) == ()
    kept = json.loads(receipt_text.write(normalised(read, _DATE_TIMES, app="a", user="u")))
    assert {name: kept[name] for name in receipt}.keys() == receipt.keys()
    assert kept["payments"] == _nulled(receipt["payments"])
    assert kept["merchant"] == kept["seller"]
    assert kept["dateTime"][-3] == ":"
    again = receipt_text.read(json.dumps(kept).encode(), max_depth=32)
    assert json.loads(receipt_text.write(normalised(again, _DATE_TIMES, app="a", user="u"))) == kept
