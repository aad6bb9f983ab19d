"""Links as clients write them (RFC 8288)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.receipts.domain.link_header import described_by

_GENERAL = "http://schema.concursolutions.com/general-receipt.schema.json"


@pytest.mark.parametrize(
    "header",
    [
        f"<{_GENERAL}>;rel=describedBy",
        f'<{_GENERAL}>; rel="describedBy"',
        f'<{_GENERAL}> ;\trel = "describedby"',
        f"<{_GENERAL}>;REL=DESCRIBEDBY",
        f'<{_GENERAL}>; rel="alternate describedby next"',
        f'<{_GENERAL}>; title="a, <b>; rel=next"; rel=describedby',
        f'<{_GENERAL}>; title="say \\"hi\\""; rel=describedby; rel=next',
        f"</other>; rel=next, <{_GENERAL}>; rel=describedby",
        f", <{_GENERAL}>;; rel=describedby ,",
        f"<{_GENERAL}>; crossorigin; rel=describedby",
    ],
)
def test_the_link_is_found_however_it_is_written(header: str) -> None:
    assert list(described_by([header])) == [_GENERAL]


@pytest.mark.parametrize(
    "header",
    [
        "",
        _GENERAL,
        f"<{_GENERAL}>",
        f"<{_GENERAL}>; rel=describes",
        f"<{_GENERAL}>; rel=next; rel=describedby",
        f'<{_GENERAL}>; rel="describedby',
        f"<{_GENERAL}>; rel=describedby; anchor=/elsewhere",
        f"<{_GENERAL}; rel=describedby",
        f'<{_GENERAL}>; title="rel=describedby"',
        f"<{_GENERAL}> rel=describedby",
    ],
)
def test_a_link_not_describing_the_body_is_ignored(header: str) -> None:
    assert list(described_by([header])) == []


def test_links_of_several_headers_keep_their_order() -> None:
    assert list(described_by(["<a>;rel=describedby, <b>;rel=describedby", "<c>;rel=describedby"])) == ["a", "b", "c"]


@given(st.text(alphabet='<>;,="\\ \tabrel', max_size=60))
def test_no_header_makes_it_fail(header: str) -> None:
    list(described_by([header]))
