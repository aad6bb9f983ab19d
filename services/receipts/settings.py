"""The settings of receipts, in addition to those of every service."""

from datetime import timedelta
from typing import ClassVar

from pydantic import Field, PositiveFloat, PositiveInt

from grantstream.service.settings import ServiceSettings
from services.receipts.domain.page import PageLimits


class ReceiptsSettings(ServiceSettings):
    """The validated settings, read once at the start of a process."""

    service_name: ClassVar[str] = "receipts"

    receipts_page_size: int = Field(default=50, ge=1, le=50, description="Receipts on a page of a user's list.")
    receipts_page_bytes: PositiveInt = Field(
        default=4 * 1024 * 1024,
        description="A page's receipts are no larger together, but for a first one.",
    )
    receipts_large_answers_bytes: PositiveInt = Field(
        default=64 * 1024 * 1024, description="Of answers that clients are slow to take, in one process; past it, 503."
    )
    receipts_large_answer_timeout: PositiveFloat = Field(
        default=30.0, description="How long a client may take to read a large answer."
    )
    receipts_max_violations: int = Field(default=50, ge=1, le=1000, description="Violations reported for one receipt.")
    receipts_max_depth: int = Field(default=32, ge=8, le=200, description="How deeply a receipt's JSON may nest.")
    receipts_status_kept: timedelta = Field(
        default=timedelta(days=14), description="How long after the posting the processing status can be read."
    )

    @property
    def page_limits(self) -> PageLimits:
        """The limits of a page of a user's list."""
        return PageLimits(self.receipts_page_size, self.receipts_page_bytes)
