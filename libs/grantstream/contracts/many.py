"""Lists in events, validated only up to the first error."""

from typing import Annotated, TypeVar

from pydantic import FailFast

_ItemT = TypeVar("_ItemT")

Many = Annotated[tuple[_ItemT, ...], FailFast()]
"""A list of any length. Without this a megabyte of wrong items would become a gigabyte of errors."""
