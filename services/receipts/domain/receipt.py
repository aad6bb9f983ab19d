"""An accepted receipt."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

_RECEIPT_ID: Final = re.compile(r"[0-9a-f]{32}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One receipt. `text` is its normalised JSON; `received_at` has whole milliseconds, because page starts use it."""

    receipt_id: str
    company_id: str
    user_id: str
    app_id: str
    schema_id: str
    received_at: datetime
    modified_at: datetime
    state_modified_at: datetime
    text: str
    version: int = 1


def is_receipt_id(value: str) -> bool:
    """Whether `value` has the form of a receipt's id: 32 lower-case hex digits, like no other path segment."""
    return _RECEIPT_ID.fullmatch(value) is not None


def receipt_id_from(unique: UUID) -> str:
    """The receipt's id made from a new UUID."""
    return unique.hex


def whole_milliseconds(moment: datetime) -> datetime:
    """The moment in whole milliseconds, as in answers (section 6.3)."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
