"""If-Match and If-None-Match."""

import pytest

from grantstream.service.problems import Problem
from services.registration.entrypoints.api.conditions import read_if_match, read_if_none_match
from services.registration.errors import StaleVersion


@pytest.mark.parametrize("header", [None, "*", ' "7"', '"6", "7"', '"a,b", "7"', ', "7" ,'])
def test_an_order_for_the_present_version_passes(header: str | None) -> None:
    read_if_match(header).check(7)


@pytest.mark.parametrize("header", ['"6"', 'W/"7"', '""', '"77"', '"6", W/"7"'])
def test_if_match_refuses_other_versions_and_weak_tags(header: str) -> None:
    with pytest.raises(StaleVersion):
        read_if_match(header).check(7)


@pytest.mark.parametrize("header", ["7", '"7', "", "W/7", '"7" "8"', '"7"x'])
def test_a_malformed_condition_is_not_passed_over(header: str) -> None:
    with pytest.raises(Problem) as refused:
        read_if_match(header)
    assert refused.value.status == 400


def test_a_question_compares_weakly() -> None:
    assert read_if_none_match('W/"7", "8"') == {"7", "8"}
    assert read_if_none_match(None) == read_if_none_match("*") == frozenset()
