"""Rows are not read from projections that lack what the fence has forgotten."""

from typing import Any, cast

import pytest

from grantstream.fence import RowBelowFloor
from grantstream.service.projected_rows import ProjectedRows
from grantstream.testing import FakeFence
from services.token.use_cases.current_rows import CurrentRows


class FarBehind:
    def is_recent(self) -> bool:
        return False


async def test_rows_of_a_projection_too_far_behind_are_refused() -> None:
    no_database = cast(Any, None)
    rows = CurrentRows(ProjectedRows(pool=no_database, rules=FakeFence().rules, projections=FarBehind()))
    for reading in (rows.client("app"), rows.enablement("app", "company")):
        with pytest.raises(RowBelowFloor):
            await reading
