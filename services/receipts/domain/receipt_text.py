"""Receipts as JSON text: read strictly, written without losing a digit or the order of members.

Amounts are strings. Numbers with a fraction (tax rates, coordinates) become Decimal, so that `10.50` stays `10.50`.
"""

import json
from decimal import Decimal, InvalidOperation
from math import isinf
from typing import Any, Final, NoReturn

import orjson

_MOST_DIGITS_OF_AN_INTEGER: Final = 18
"""Longer integers may exceed the writer's 64 bits; they become Decimal."""


class NotAReceiptText(ValueError):
    """The body is no JSON text by RFC 8259 and I-JSON (RFC 7493), or is nested too deeply."""


def read(body: bytes, *, max_depth: int) -> Any:
    """Parses a body.

    Raises NotAReceiptText for duplicate names (which of two amounts would count?), lone surrogates, NaN, invalid UTF-8,
    numbers beyond a double's range, and nesting deeper than `max_depth`.
    """
    try:
        if b"\\u" in body:
            orjson.loads(body)  # refuses lone surrogates, which the standard library accepts
        value = json.loads(
            body.decode(),
            object_pairs_hook=_object,
            parse_float=_fraction,
            parse_int=_integer,
            parse_constant=_refuse_constant,
        )
    except (ValueError, RecursionError) as error:
        raise NotAReceiptText("not strict JSON") from error
    if body.count(b"{") + body.count(b"[") > max_depth and not _fits(value, max_depth):
        raise NotAReceiptText("nested too deeply")
    return value


def write(receipt: Any) -> str:
    """The JSON text of a receipt that was read by `read`."""
    return orjson.dumps(receipt, default=_verbatim).decode()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise NotAReceiptText("a name stands twice in an object")
    return members


def _fraction(text: str) -> Decimal:
    if isinf(float(text)):
        raise NotAReceiptText("a number is beyond the range of a double")
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise NotAReceiptText("a number's exponent is beyond all bounds") from error


def _integer(text: str) -> int | Decimal:
    return int(text) if len(text) <= _MOST_DIGITS_OF_AN_INTEGER else _fraction(text)


def _refuse_constant(name: str) -> NoReturn:
    raise NotAReceiptText(f"{name} is no JSON")


def _fits(value: Any, depth: int) -> bool:
    if not isinstance(value, (dict, list)):
        return True
    members = value.values() if isinstance(value, dict) else value
    return depth > 0 and all(_fits(member, depth - 1) for member in members)


def _verbatim(value: Any) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value))
    raise TypeError
