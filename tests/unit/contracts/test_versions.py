"""No version is too large to be kept."""

import pytest
from pydantic import ValidationError

from grantstream.contracts.events.fence import PermissionChanged
from grantstream.contracts.versions import LARGEST_VERSION
from grantstream.contracts.void import VoidBelow
from grantstream.fence import RuleBook


def test_the_largest_version_can_be_kept() -> None:
    book = RuleBook()
    bounds = VoidBelow(version=LARGEST_VERSION)
    book.apply(
        PermissionChanged(subject="app/a", version=LARGEST_VERSION, void_below=bounds), offset=0, appended_at=0.0
    )
    assert book.floor("app/a") == LARGEST_VERSION


@pytest.mark.parametrize("version", [0, -1, LARGEST_VERSION + 1, 10**30])
def test_a_larger_version_or_none_is_refused(version: int) -> None:
    with pytest.raises(ValidationError):
        PermissionChanged(subject="app/a", version=version)


@pytest.mark.parametrize("version", [-1, LARGEST_VERSION + 1])
def test_a_larger_bound_is_refused(version: int) -> None:
    for field in ({"version": version}, {"scopes": {"s": version}}, {"grants": {"g": version}}):
        with pytest.raises(ValidationError):
            VoidBelow.model_validate(field)
