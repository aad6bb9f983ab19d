"""The processing status of a receipt, and its log (Receipts API, section 6.6)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final


class ProcessingStatus(StrEnum):
    """The progress of a receipt's processing."""

    ACCEPTED = "ACCEPTED"
    PROCESSING = "PROCESSING"
    PROCESSED = "PROCESSED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One line of a receipt's log."""

    level: str
    message: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Processing:
    """A receipt's processing status and its log."""

    company_id: str
    user_id: str
    status: ProcessingStatus
    log: tuple[LogLine, ...]


# The Receipts API, section 6, gives this text; the receipt can be read at once.
_ACCEPTED: Final = "Receipt accepted. Queued for processing."


def accepted(at: datetime) -> LogLine:
    """The first line of every log."""
    return LogLine(level="INFO", message=_ACCEPTED, at=at)
