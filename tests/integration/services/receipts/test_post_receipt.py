"""POST of a receipt, on the real database: what is kept, what is answered, what is refused and how."""

import json
from typing import Any

import pytest

from grantstream.contracts.claims import Principal
from grantstream.contracts.events.receipts import ReceiptPosted
from grantstream.postgres.pool import connection
from grantstream.testing.mint import ISSUER
from tests.integration.services.receipts.conftest import LINK, Platform
from tests.unit.services.receipts.samples import receipt_with, receipt_without, whole_receipt

_NO_LINK = "Link header must be provided and include a URL to a known receipt schema"
_NO_BODY = "Request body could not be parsed"
_NO_TYPE = "Specified Content-Type is not supported"


async def test_a_post_is_answered_with_location_schema_and_status(platform: Platform) -> None:
    answer = await platform.post()
    location = answer.headers["location"]
    receipt_id = location.rpartition("/")[2]
    assert (answer.status_code, answer.content) == (201, b"")
    assert answer.headers["content-length"] == "0"
    assert location == f"{ISSUER}/receipts/v4/{receipt_id}"
    assert len(receipt_id) == 32
    assert answer.headers["link"] == (
        '<http://schema.concursolutions.com/general-receipt.schema.json>; rel="describedBy", '
        f'<{ISSUER}/receipts/v4/status/{receipt_id}>; rel="processing-status"'
    )
    assert answer.headers["concur-correlationid"]


async def test_a_receipt_comes_back_as_it_was_sent_but_normalised(platform: Platform) -> None:
    posted = await platform.post(
        content=json.dumps(whole_receipt()).replace("7.5", "7.50"), headers={"content-type": "application/json"}
    )
    answer = await platform.get(posted.headers["location"])
    read = answer.json()
    kept = read.pop("receipt")
    receipt_id = read["id"]
    received = read["dateTimeReceived"]
    assert answer.status_code == 200
    assert read == {
        "id": receipt_id,
        "userId": "user-1",
        "companyId": "company-1",
        "dateTimeReceived": received,
        "modifiedAt": received,
        "stateModifiedAt": received,
        "validationSchema": "http://schema.concursolutions.com/general-receipt.schema.json",
        "image": "",
        "digitizationStatus": "NO_PROCESSING_REQUIRED",
        "self": f"{ISSUER}/receipts/v4/{receipt_id}",
        "template": f"{ISSUER}/receipts/v4/{{receiptId}}",
    }
    assert kept["dateTime"] == "2026-03-29T09:15:30+02:00"
    assert kept["merchant"] == kept["seller"] == whole_receipt()["seller"]
    assert kept["app"] == f"{ISSUER}/profile/v1/apps/app-1"
    assert kept["user"] == f"{ISSUER}/profile/v1/principals/user-1"
    assert '"rate":7.50' in answer.text
    assert list(kept)[: len(whole_receipt())] == list(whole_receipt())


async def test_posting_writes_an_event_and_wakes_the_relay(platform: Platform) -> None:
    posted = await platform.post()
    [row] = await platform.rows("select * from outbox")
    receipt_id = posted.headers["location"].rpartition("/")[2]
    event = ReceiptPosted.model_validate_json(row["data"])
    assert (row["topic"], row["key"], row["ce_subject"]) == ("receipt.posted", receipt_id, f"receipt/{receipt_id}")
    assert (event.receipt_id, event.user_id, event.company_id, event.app_id, event.version) == (
        receipt_id,
        "user-1",
        "company-1",
        "app-1",
        1,
    )
    assert b"Kaffee" not in row["data"]
    assert len(platform.nudges) == 1


async def test_no_receipt_is_kept_if_its_event_cannot_be_written(platform: Platform) -> None:
    async with connection(platform.pool) as acquired:
        await acquired.execute("alter table outbox rename to gone")
    answer = await platform.post()
    assert (answer.status_code, answer.text) == (500, "Unable to save receipt into the database")
    assert await platform.rows("select * from receipt") == []
    assert platform.nudges == []


async def test_a_database_outage_is_answered_with_retry_after(platform: Platform) -> None:
    platform.pool.terminate()
    posted = await platform.post()
    read = await platform.get("/receipts/v4/users/user-1")
    for answer in (posted, read):
        assert (answer.status_code, answer.headers["retry-after"], answer.content) == (503, "1", b"")
    assert platform.nudges == []


@pytest.mark.parametrize(
    "link",
    [
        None,
        "",
        "<http://schema.concursolutions.com/unknown.schema.json>;rel=describedBy",
        "<http://schema.concursolutions.com/merchant.schema.json>;rel=describedBy",
        "<https://schema.concursolutions.com/general-receipt.schema.json>;rel=describedBy",
        "<general-receipt.schema.json>;rel=describedBy",
        "<http://schema.concursolutions.com/general-receipt.schema.json>",
        "<http://schema.concursolutions.com/air-receipt.schema.json>;rel=describedBy",
    ],
)
async def test_a_receipt_without_a_known_schema_link_is_refused(platform: Platform, link: str | None) -> None:
    answer = await platform.post(headers={"link": link})
    assert (answer.status_code, answer.text) == (400, _NO_LINK)
    assert answer.headers["content-type"].startswith("text/plain")


async def test_the_first_known_schema_of_several_links_counts(platform: Platform) -> None:
    answer = await platform.post(headers={"link": f"</next>; rel=next, <urn:x>; rel=describedby, {LINK}"})
    assert answer.status_code == 201


@pytest.mark.parametrize(
    "content_type",
    [None, "text/plain", "multipart/form-data; boundary=x", "application/json; charset=latin-1", "application/json; x"],
)
async def test_any_other_content_type_than_json_is_refused(platform: Platform, content_type: str | None) -> None:
    answer = await platform.post(content=b"{}", headers={"content-type": content_type})
    assert (answer.status_code, answer.text) == (415, _NO_TYPE)


@pytest.mark.parametrize("content_type", ["application/json;charset=utf-8", 'Application/JSON; charset="UTF-8"'])
async def test_json_may_say_that_it_is_utf_8(platform: Platform, content_type: str) -> None:
    answer = await platform.post(content=json.dumps(whole_receipt()), headers={"content-type": content_type})
    assert answer.status_code == 201


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b'{"total": "1", "total": "2"}', b'{"n": "\xff"}', b'{"n": ["a\\u0000b"]}', b"[" * 50 + b"]" * 50],
)
async def test_a_body_that_is_no_strict_json_is_refused(platform: Platform, body: bytes) -> None:
    answer = await platform.post(content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.text) == (400, _NO_BODY)


async def test_violations_are_json_and_do_not_quote_the_receipt(platform: Platform) -> None:
    receipt = receipt_without(("seller", "name")) | {"total": "about-fourteen"}
    answer = await platform.post(receipt)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/json"
    told = answer.json()["validationErrors"]
    assert {violation["path"] for violation in told} == {"/seller/name", "/total"}
    assert "about-fourteen" not in answer.text
    assert await platform.rows("select * from receipt") == []


async def test_a_body_over_the_limit_is_refused_even_if_streamed(platform: Platform) -> None:
    async def streamed() -> Any:
        for _ in range(30):
            yield b" " * 1000

    whole = await platform.post(receipt_with(("reference",), "x" * 20_000))
    parts = await platform.post(content=streamed(), headers={"content-type": "application/json"})
    assert (whole.status_code, whole.content) == (413, b"")
    assert (parts.status_code, parts.content) == (413, b"")


async def test_without_a_token_nothing_else_is_looked_at(platform: Platform) -> None:
    answer = await platform.post(headers={"authorization": None, "link": None})
    assert (answer.status_code, answer.content) == (401, b"")
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_voided_token_is_refused(platform: Platform) -> None:
    token = platform.token()
    assert (await platform.post(token=token)).status_code == 201
    platform.void("user/user-1", version=2)
    refused = await platform.post(token=token)
    assert refused.status_code == 401
    assert 'error="invalid_token"' in refused.headers["www-authenticate"]


async def test_a_process_that_may_be_behind_refuses_to_decide(platform: Platform) -> None:
    platform.fence.fresh = False
    answer = await platform.post()
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


async def test_a_user_token_posts_for_that_user_only(platform: Platform) -> None:
    answer = await platform.post(user_id="user-2")
    assert answer.status_code == 401
    assert answer.text == "User ID in the URL must match the ID in the sub claim of the JWT"
    assert "www-authenticate" in answer.headers


@pytest.mark.parametrize(
    ("scopes", "status"),
    [("receipts.writeonly", 201), ("receipts.write", 201), ("receipts.read", 403), ("openid", 403), ("ERECPT", 403)],
)
async def test_posting_needs_the_scope_to_write(platform: Platform, scopes: str, status: int) -> None:
    answer = await platform.post(token=platform.token(scopes=scopes))
    assert (answer.status_code, answer.content) == (status, b"")


async def test_an_application_token_posts_nothing(platform: Platform) -> None:
    token = platform.token("app-1", principal=Principal.APPLICATION, company_id=None)
    answer = await platform.post(user_id="app-1", token=token)
    assert (answer.status_code, answer.content) == (403, b"")


async def test_a_company_token_posts_for_an_active_company_user(platform: Platform) -> None:
    await platform.know_user("user-7", "company-1")
    answer = await platform.post(user_id="user-7", token=platform.company_token())
    assert answer.status_code == 201
    [row] = await platform.rows("select user_id, company_id from receipt")
    assert tuple(row) == ("user-7", "company-1")


@pytest.mark.parametrize("user_id", ["user-of-another", "user-who-left", "user-nobody-knows"])
async def test_a_company_token_posts_for_nobody_else(platform: Platform, user_id: str) -> None:
    await platform.know_user("user-of-another", "company-2")
    await platform.know_user("user-who-left", "company-1", active=False)
    answer = await platform.post(user_id=user_id, token=platform.company_token())
    assert (answer.status_code, answer.content) == (403, b"")


async def test_a_user_row_older_than_the_fence_is_not_used(platform: Platform) -> None:
    await platform.know_user("user-7", "company-1")
    platform.void("user/user-7", version=2)
    behind = await platform.post(user_id="user-7", token=platform.company_token())
    await platform.know_user("user-7", "company-1", version=2)
    caught_up = await platform.post(user_id="user-7", token=platform.company_token())
    assert (behind.status_code, behind.headers["retry-after"], caught_up.status_code) == (503, "1", 201)


async def test_a_projection_that_lags_too_far_decides_nothing(
    platform: Platform,
) -> None:
    """It may lack a change that the fence has forgotten already."""
    await platform.know_user("user-7", "company-1")
    platform.projections.recent = False
    behind = await platform.post(user_id="user-7", token=platform.company_token())
    by_token_alone = await platform.post()
    platform.projections.recent = True
    caught_up = await platform.post(user_id="user-7", token=platform.company_token())
    assert (behind.status_code, by_token_alone.status_code, caught_up.status_code) == (503, 201, 201)
