"""Assertions on refusals by a guard."""

from collections.abc import Iterator
from contextlib import contextmanager

from grantstream.guard import Refusal, RefusalCode


@contextmanager
def assert_refused(code: str) -> Iterator[None]:
    """Asserts that the block is refused with this code (of `RefusalCode`).

        with assert_refused("expired"):
            guard.authenticate(mint_token(expired=True))

    Raises AssertionError if it is not refused, or with another code, and ValueError for an unknown code.
    """
    wanted = RefusalCode(code)
    try:
        yield
    except Refusal as refusal:
        if refusal.code is not wanted:
            raise AssertionError(f"refused with {refusal.code}, not with {wanted}") from refusal
    else:
        raise AssertionError(f"nothing was refused; {wanted} was to be")
