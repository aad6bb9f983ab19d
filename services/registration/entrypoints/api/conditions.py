"""Conditional requests: the entity tag of an object is its version (RFC 9110, sections 8.8.3 and 13)."""

import re
from typing import Annotated, Final

from fastapi import Depends, Header

from grantstream.service.problems import Problem
from services.registration.use_cases.precondition import ANY_VERSION, Precondition

_ENTITY_TAG: Final = r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"'
_LIST_OF_TAGS: Final = re.compile(rf"[\s,]*{_ENTITY_TAG}(?:\s*,[\s,]*{_ENTITY_TAG})*[\s,]*")


def entity_tag(version: int) -> str:
    """The strong entity tag of a version."""
    return f'"{version}"'


def read_if_match(
    if_match: Annotated[
        str | None, Header(alias="If-Match", description='Change only this version, such as `"3"`.', max_length=1000)
    ] = None,
) -> Precondition:
    """The condition of a change. Weak tags never match, because the comparison is strong."""
    if if_match is None or if_match.strip() == "*":
        return ANY_VERSION
    return Precondition(frozenset(tag for is_weak, tag in _tags(if_match) if not is_weak))


def read_if_none_match(
    if_none_match: Annotated[
        str | None, Header(alias="If-None-Match", description="Answer 304 if nothing is newer.", max_length=1000)
    ] = None,
) -> frozenset[str]:
    """The versions that the caller has; weak comparison."""
    if if_none_match is None or if_none_match.strip() == "*":
        return frozenset()
    return frozenset(tag for _, tag in _tags(if_none_match))


def _tags(value: str) -> list[tuple[bool, str]]:
    if not _LIST_OF_TAGS.fullmatch(value):
        raise Problem(400, "condition_malformed", "A conditional header is malformed.", "Entity tags stand in quotes.")
    return [(bool(weak), tag) for weak, tag in re.findall(_ENTITY_TAG, value)]


IfMatch = Annotated[Precondition, Depends(read_if_match)]
IfNoneMatch = Annotated[frozenset[str], Depends(read_if_none_match)]
