"""A receipt of our own that uses every field of general-receipt, and tools to change it in one place."""

import json
from typing import Any

Place = tuple[str | int, ...]

SCHEMA_ID = "general-receipt.schema.json"

_SHOP: dict[str, Any] = {
    "name": "Kaffeerösterei am Hafen",
    "description": "Coffee and cake",
    "taxId": "DE123456789",
    "location": {
        "name": "Pier 4",
        "number": "0042",
        "latitude": 53.5436,
        "longitude": 9.9686,
        "internetAddress": "https://roesterei.example",
        "emailAddress": "kasse@roesterei.example",
        "telephoneNumber": "+49 40 5550123",
        "faxNumber": "+49 40 5550124",
        "address": {
            "streetAddress": "Kai 7",
            "addressLocality": "Hamburg",
            "addressRegion": "HH",
            "addressCountry": "DE",
            "postalCode": "20457",
        },
    },
}

_TAX: dict[str, Any] = {
    "authority": {"addressCountry": "DEU", "addressRegion": "HH"},
    "name": "MwSt",
    "rate": 7.50,
    "rateType": "Reduced",
    "amount": "0.98",
}

_DISCOUNT: dict[str, Any] = {
    "discountName": "Regulars",
    "discountCode": "REG-1",
    "discountRate": "5%",
    "discountAmount": "-0.70",
}

_RECEIPT: dict[str, Any] = {
    "dateTime": "2026-03-29T09:15:30+0200",
    "total": "14.30",
    "subtotal": "13.32",
    "taxesTotal": ".98",
    "discountsTotal": "-0.70",
    "currencyCode": "EUR",
    "broker": _SHOP,
    "seller": _SHOP,
    "payments": [
        {"amount": "4.30"},
        {
            "amount": "10",
            "cardDetail": {"cardType": "Visa", "creditCardId": "0007", "authorizationCode": "A1"},
            "source": "PayPal",
            "ticketNumber": "T-9",
        },
    ],
    "discounts": [_DISCOUNT],
    "taxes": [_TAX],
    "reference": "K-2026-118",
    "collectionReference": "table 6",
    "taxInvoice": False,
    "lineItems": [
        {
            "sequenceNumber": 1,
            "dateTime": "2026-03-29T09:14-11:30",
            "reference": "SKU-1",
            "description": "Espresso",
            "additionalDescription": "double",
            "semanticsCode": "FOOD",
            "unitCost": "7.15",
            "quantity": 2,
            "total": "14.30",
            "subtotal": "13.32",
            "taxesTotal": "0.98",
            "taxes": [_TAX],
            "vatApplicable": True,
            "amountIncludesVat": True,
            "discounts": [_DISCOUNT],
        }
    ],
}

_ABSENT = object()


def whole_receipt() -> dict[str, Any]:
    """A fresh copy of the receipt, in which no two places share an object."""
    copy: dict[str, Any] = json.loads(json.dumps(_RECEIPT))
    return copy


def receipt_with(place: Place, value: Any) -> dict[str, Any]:
    """The receipt with `value` at `place`."""
    receipt = whole_receipt()
    inside: Any = receipt
    for step in place[:-1]:
        inside = inside[step]
    if value is _ABSENT:
        del inside[place[-1]]
    else:
        inside[place[-1]] = value
    return receipt


def receipt_without(place: Place) -> dict[str, Any]:
    """The receipt without what stands at `place`."""
    return receipt_with(place, _ABSENT)


def pointer(place: Place) -> str:
    """The JSON pointer of a place that needs no escaping."""
    return "".join(f"/{step}" for step in place)
