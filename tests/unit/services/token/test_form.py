"""Forms are read in one way or not at all."""

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.token.domain.form import MalformedForm, parse_form

PRINTABLE = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1)


@given(st.dictionaries(PRINTABLE, PRINTABLE, max_size=20))
def test_whatever_is_encoded_comes_back(form: dict[str, str]) -> None:
    assert parse_form(urlencode(form).encode()) == form


@given(st.binary(max_size=200))
def test_any_bytes_are_a_form_or_refused(body: bytes) -> None:
    try:
        form = parse_form(body)
    except MalformedForm:
        return
    assert all(form.values())


def test_a_parameter_without_a_value_counts_as_left_out() -> None:
    assert parse_form(b"scope=&grant_type=password&&x") == {"grant_type": "password"}


@pytest.mark.parametrize(
    "body",
    [b"a=1&a=2", b"a=1&a=", b"a=1&%61=2", b"a=%", b"a=%g0", b"a=%ff", b"a=\xc3\xa4", b"a=%00", b"a=\x01", b"a=%0a"],
)
def test_what_has_no_single_meaning_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedForm):
        parse_form(body)


def test_a_flood_of_parameters_is_refused() -> None:
    with pytest.raises(MalformedForm):
        parse_form(b"&".join(b"p%d=1" % number for number in range(65)))
