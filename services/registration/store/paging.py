"""Where a page of a list starts: after the last entry of the page before, so that new entries do not shift it."""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Self

from grantstream.contracts.invalid_input import Fault, InvalidInput

_BEGINNING: Final = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Position:
    """An application's place in lists: by the time of its registration, then by id."""

    created_at: datetime = _BEGINNING
    app_id: str = ""

    def to_cursor(self) -> str:
        """The position as an opaque text for URLs."""
        return base64.urlsafe_b64encode(f"{self.created_at.isoformat()} {self.app_id}".encode()).decode().rstrip("=")

    @classmethod
    def from_cursor(cls, cursor: str | None) -> Self:
        """The position of a client's cursor; None is the start. Raises InvalidInput."""
        if cursor is None:
            return cls()
        try:
            padded = cursor + "=" * (-len(cursor) % 4)
            moment, _, app_id = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii").partition(" ")
            created_at = datetime.fromisoformat(moment)
        except (ValueError, binascii.Error):
            raise InvalidInput(Fault("query/cursor", "is not a cursor that a page gave")) from None
        if created_at.utcoffset() != timedelta(0) or not app_id.isprintable():
            raise InvalidInput(Fault("query/cursor", "is not a cursor that a page gave"))
        return cls(created_at, app_id)


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of a list."""

    after: Position
    size: int
