"""What receipts refuses.

    ReceiptsError
    +-- SchemaNotNamed           no Link to a kind of receipt that is taken in
    +-- UnsupportedContentType   the body is no application/json
    +-- UnreadableBody           the body is no strict JSON
    +-- ReceiptInvalid           the receipt disagrees with its schema; tells where
    +-- UserMismatch             a user's token, and another user in the URL
    +-- NotFound                 nothing is there, or another company's
    +-- ReceiptNotSaved          the database refused it

What a token gives no right to is refused by the guard. `entrypoints/problems.py` gives each its HTTP status and text.
No text holds a value that a caller sent.
"""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One disagreement of a receipt with its schema.

    `path` is a JSON pointer into the receipt (RFC 6901); `message` says what is asked for there.
    """

    path: str
    message: str


class ReceiptsError(Exception):
    """A request is refused. `code` is stable and goes to the log."""

    code: ClassVar[str] = "receipts_error"


class SchemaNotNamed(ReceiptsError):
    """No Link header names a kind of receipt that is taken in."""

    code = "schema_not_named"


class UnsupportedContentType(ReceiptsError):
    """The body is declared as something else than JSON."""

    code = "unsupported_content_type"


class UnreadableBody(ReceiptsError):
    """The body is empty or no strict JSON."""

    code = "unreadable_body"


class ReceiptInvalid(ReceiptsError):
    """The receipt disagrees with its schema."""

    code = "receipt_invalid"

    def __init__(self, violations: tuple[Violation, ...]) -> None:
        super().__init__(f"{len(violations)} violations")
        self.violations = violations


class UserMismatch(ReceiptsError):
    """A user's token opens that user's receipts only."""

    code = "user_mismatch"


class NotFound(ReceiptsError):
    """Nothing is there, or it is another company's; a caller can't tell which."""

    code = "not_found"


class ReceiptNotSaved(ReceiptsError):
    """The database refused the receipt, for a fault of ours."""

    code = "receipt_not_saved"
