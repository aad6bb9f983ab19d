"""Waiting on a condition: what it gives, and what is said when it never comes true."""

import re

import pytest

from grantstream.testing import eventually, eventually_sync


async def test_it_gives_what_a_condition_gives_once_that_is_true() -> None:
    answers = iter([None, 0, "here"])
    assert await eventually(lambda: next(answers)) == "here"


async def test_the_condition_may_be_a_coroutine_function() -> None:
    answers = iter([False, True])

    async def found() -> bool:
        return next(answers)

    assert await eventually(found) is True


async def test_an_assertion_in_the_condition_means_not_yet() -> None:
    counted = iter([1, 2, 3])

    def three() -> bool:
        assert next(counted) == 3
        return True

    assert await eventually(three)


async def test_a_timeout_names_the_last_value_and_the_wanted_one() -> None:
    with pytest.raises(AssertionError, match=re.escape("not within 0.05 s: three apples\nlast seen: []")):
        await eventually(list, within=0.05, what="three apples")


async def test_a_timeout_names_the_condition_and_last_assertion() -> None:
    def the_basket_is_full() -> bool:
        raise AssertionError("two apples")

    with pytest.raises(AssertionError, match=r"the_basket_is_full\nlast seen: two apples"):
        await eventually(the_basket_is_full, within=0.05)


async def test_another_error_is_not_waited_out() -> None:
    with pytest.raises(ZeroDivisionError):
        await eventually(lambda: 1 / 0)


def test_there_is_one_for_tests_that_are_no_coroutines() -> None:
    answers = iter([None, "here"])
    assert eventually_sync(lambda: next(answers)) == "here"
    with pytest.raises(AssertionError, match="last seen: None"):
        eventually_sync(lambda: None, within=0.05)
