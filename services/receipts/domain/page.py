"""Where a page of a user's receipts starts: `{epoch milliseconds}_{receipt id}` of the last receipt before it.

Newest first, by the time of receipt and then by id, so new receipts do not shift the following pages (section 6.5).
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Self

from services.receipts.domain.receipt import Receipt

_CURSOR: Final = re.compile(r"(\d{1,15})_([0-9a-f]{32})", re.ASCII)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class NotAPage(ValueError):
    """The text is no page start."""


@dataclass(frozen=True, slots=True)
class PageLimits:
    """The most receipts of a page, and their most octets together; a page has at least one receipt."""

    receipts: int
    octets: int


@dataclass(frozen=True, slots=True)
class PageStart:
    """The receipt after which a page starts."""

    received_at: datetime
    receipt_id: str

    @classmethod
    def after(cls, receipt: Receipt) -> Self:
        """The start of the page after the one that ends with `receipt`."""
        return cls(receipt.received_at, receipt.receipt_id)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads the last segment of a `next` URL. Raises NotAPage."""
        match = _CURSOR.fullmatch(text)
        if match is None:
            raise NotAPage
        try:
            return cls(_EPOCH + timedelta(milliseconds=int(match[1])), match[2])
        except OverflowError as error:
            raise NotAPage from error

    def __str__(self) -> str:
        return f"{(self.received_at - _EPOCH) // timedelta(milliseconds=1)}_{self.receipt_id}"
