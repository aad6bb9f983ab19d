"""The parts that use cases work with; `bootstrap.py` assembles them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from uuid_utils.compat import uuid7

from grantstream.guard import Guard
from grantstream.service.change import ChangeParts
from grantstream.service.projected_rows import ProjectedRows
from services.receipts.domain.normalisation import DateTimes
from services.receipts.domain.page import PageLimits
from services.receipts.schemas.check import ReceiptCheck


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts(ChangeParts):
    """Beside pool and changes: guard, projected rows, schemas, limits, and new ids.

    `date_times`: the date-time fields of each schema. `status_kept`: how long a processing status can be read.
    """

    guard: Guard
    rows: ProjectedRows
    check: ReceiptCheck
    date_times: Mapping[str, DateTimes]
    base_url: str
    max_violations: int
    page_limits: PageLimits
    status_kept: timedelta
    new_id: Callable[[], UUID] = uuid7
