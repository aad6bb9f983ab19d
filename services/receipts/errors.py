"""The errors of receipts.

    ReceiptsError
    +-- SchemaNotNamed           no Link names an accepted kind of receipt
    +-- UnsupportedContentType   the body is no application/json
    +-- UnreadableBody           the body is no strict JSON
    +-- ReceiptInvalid           the receipt violates its schema; lists the violations
    +-- UserMismatch             a user's token, and another user in the URL
    +-- NotFound                 no such object, or another company's
    +-- ReceiptNotSaved          the database refused it

The guard refuses tokens without the right. `entrypoints/problems.py` has each error's HTTP status and text. No text
holds a value that a caller sent.
"""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One violation of a receipt's schema.

    `path` is a JSON pointer into the receipt (RFC 6901); `message` states the broken rule.
    """

    path: str
    message: str


class ReceiptsError(Exception):
    """A request is refused. `code` is stable and goes to the log."""

    code: ClassVar[str] = "receipts_error"


class SchemaNotNamed(ReceiptsError):
    """No Link header names an accepted kind of receipt."""

    code = "schema_not_named"


class UnsupportedContentType(ReceiptsError):
    """The body is declared as something else than JSON."""

    code = "unsupported_content_type"


class UnreadableBody(ReceiptsError):
    """The body is empty or no strict JSON."""

    code = "unreadable_body"


class ReceiptInvalid(ReceiptsError):
    """The receipt violates its schema."""

    code = "receipt_invalid"

    def __init__(self, violations: tuple[Violation, ...]) -> None:
        super().__init__(f"{len(violations)} violations")
        self.violations = violations


class UserMismatch(ReceiptsError):
    """A user's token allows access to that user's receipts only."""

    code = "user_mismatch"


class NotFound(ReceiptsError):
    """No such object, or another company's: the answer is the same."""

    code = "not_found"


class ReceiptNotSaved(ReceiptsError):
    """The database refused the receipt because of our fault."""

    code = "receipt_not_saved"
