"""The settings of receipts, beside those of every service."""

from datetime import timedelta
from typing import ClassVar

from pydantic import Field

from grantstream.service.settings import ServiceSettings


class ReceiptsSettings(ServiceSettings):
    """One frozen, checked object, made once at the start of a process."""

    service_name: ClassVar[str] = "receipts"

    receipts_page_size: int = Field(default=50, ge=1, le=50, description="Receipts on a page of a user's list.")
    receipts_max_violations: int = Field(default=50, ge=1, le=1000, description="Violations told of one receipt.")
    receipts_max_depth: int = Field(default=32, ge=8, le=200, description="How deeply a receipt's JSON may nest.")
    receipts_status_kept: timedelta = Field(
        default=timedelta(days=14), description="How long after the posting the processing status can be read."
    )
