"""Reading over HTTP, on the real database: receipts, lists, statuses, indexes, and who may."""

import pytest

from grantstream.contracts.claims import Principal
from grantstream.testing.mint import ISSUER
from tests.integration.services.receipts.conftest import Platform
from tests.unit.services.receipts.samples import receipt_with


async def _posted(platform: Platform, reference: str = "r", **how: str) -> str:
    answer = await platform.post(receipt_with(("reference",), reference), **how)
    assert answer.status_code == 201
    return str(answer.headers["location"])


async def test_next_links_lead_through_all_receipts_newest_first(platform: Platform) -> None:
    for number in range(7):
        await _posted(platform, str(number))
    url, seen, pages = f"{ISSUER}/receipts/v4/users/user-1", list[str](), 0
    while url:
        page = (await platform.get(url)).json()
        seen += [receipt["receipt"]["reference"] for receipt in page["receipts"]]
        pages += 1
        url = page.get("next")
    assert seen == ["6", "5", "4", "3", "2", "1", "0"]
    assert pages == 3


async def test_next_links_lead_through_pages_limited_by_bytes(platform: Platform) -> None:
    # The fixture's pages hold three receipts, or 20,000 bytes.
    for number in range(4):
        await _posted(platform, f"{number}-" + "x" * 6000)
    url, seen = f"{ISSUER}/receipts/v4/users/user-1", list[list[str]]()
    while url:
        page = (await platform.get(url)).json()
        seen.append([receipt["receipt"]["reference"][0] for receipt in page["receipts"]])
        url = page.get("next")
    assert seen == [["3", "2"], ["1", "0"]]


async def test_a_new_receipt_does_not_shift_later_pages(platform: Platform) -> None:
    for number in range(4):
        await _posted(platform, str(number))
    first = (await platform.get("/receipts/v4/users/user-1")).json()
    await _posted(platform, "late")
    second = (await platform.get(first["next"])).json()
    assert [receipt["receipt"]["reference"] for receipt in second["receipts"]] == ["0"]
    assert "next" not in second


async def test_a_user_without_receipts_has_an_empty_list(platform: Platform) -> None:
    answer = await platform.get("/receipts/v4/users/user-1")
    assert (answer.status_code, answer.json()) == (200, {"receipts": []})


async def test_a_full_last_page_names_no_next_one(platform: Platform) -> None:
    for number in range(3):
        await _posted(platform, str(number))
    assert "next" not in (await platform.get("/receipts/v4/users/user-1")).json()


@pytest.mark.parametrize("page", ["2", "x_" + "0" * 32, "1_" + "0" * 31])
async def test_a_page_that_was_never_named_is_not_found(platform: Platform, page: str) -> None:
    answer = await platform.get(f"/receipts/v4/users/user-1/page/{page}")
    assert (answer.status_code, answer.content) == (404, b"")


async def test_a_user_token_lists_that_user_only(platform: Platform) -> None:
    answer = await platform.get("/receipts/v4/users/user-2")
    assert answer.status_code == 401
    assert answer.text == "User ID in the URL must match the ID in the sub claim of the JWT"


async def test_a_company_token_lists_and_reads_those_of_its_users(platform: Platform) -> None:
    await platform.know_user("user-1", "company-1", active=False)
    location = await _posted(platform)
    token = platform.company_token()
    assert len((await platform.get("/receipts/v4/users/user-1", token)).json()["receipts"]) == 1
    assert (await platform.get(location, token)).status_code == 200


async def test_a_company_token_lists_nobody_elses(platform: Platform) -> None:
    await platform.know_user("user-1", "company-1")
    answer = await platform.get("/receipts/v4/users/user-1", platform.company_token("company-2"))
    assert (answer.status_code, answer.content) == (403, b"")


@pytest.mark.parametrize("user_id", ["%00", "a%00b", "%ED%A0%80"])
async def test_an_impossible_user_id_is_refused_as_an_unknown_one(platform: Platform, user_id: str) -> None:
    answer = await platform.get(f"/receipts/v4/users/{user_id}", platform.company_token())
    assert (answer.status_code, answer.content) == (403, b"")


async def test_other_companies_get_404_and_colleagues_get_403(platform: Platform) -> None:
    location = await _posted(platform)
    stranger = platform.token("user-9", company_id="company-2")
    colleague = platform.token("user-2")
    for url in (location, location.replace("/v4/", "/v4/status/")):
        assert (await platform.get(url, stranger)).status_code == 404
        assert (await platform.get(url, platform.company_token("company-2"))).status_code == 404
        assert (await platform.get(url, colleague)).status_code == 403


@pytest.mark.parametrize("receipt_id", ["0" * 32, "0" * 31, "A" * 32, "users", "image-only-receipts", "%00"])
async def test_an_unknown_receipt_is_not_found(platform: Platform, receipt_id: str) -> None:
    answer = await platform.get(f"/receipts/v4/{receipt_id}")
    assert (answer.status_code, answer.content) == (404, b"")


@pytest.mark.parametrize(
    ("scopes", "status"), [("receipts.read", 200), ("receipts.write", 200), ("receipts.writeonly", 403)]
)
async def test_reading_needs_the_scope_to_read(platform: Platform, scopes: str, status: int) -> None:
    location = await _posted(platform)
    token = platform.token(scopes=scopes)
    assert (await platform.get(location, token)).status_code == status
    assert (await platform.get("/receipts/v4/users/user-1", token)).status_code == status


@pytest.mark.parametrize(("scopes", "status"), [("receipts.read", 200), ("receipts.writeonly", 200), ("openid", 403)])
async def test_whoever_may_post_may_ask_for_the_status(platform: Platform, scopes: str, status: int) -> None:
    url = (await _posted(platform)).replace("/v4/", "/v4/status/")
    assert (await platform.get(url, platform.token(scopes=scopes))).status_code == status


async def test_a_new_receipt_has_the_status_accepted(platform: Platform) -> None:
    url = (await _posted(platform)).replace("/v4/", "/v4/status/")
    status = (await platform.get(url)).json()
    [line] = status["logs"]
    assert status["status"] == "ACCEPTED"
    assert (line["logLevel"], line["message"]) == ("INFO", "Receipt accepted. Queued for processing.")
    assert line["timestamp"].endswith(" GMT")


@pytest.mark.parametrize("path", ["/receipts", "/receipts/", "/receipts/v4", "/receipts/v4/", "/receipts/schemas"])
async def test_the_indexes_are_open_to_any_valid_token_only(platform: Platform, path: str) -> None:
    token = platform.token("app-1", principal=Principal.APPLICATION, company_id=None, scopes="openid")
    assert (await platform.get(path, token)).status_code == 200
    refused = await platform.client.get(path)
    assert (refused.status_code, refused.content) == (401, b"")
    assert "www-authenticate" in refused.headers


async def test_an_application_token_reads_no_receipts(platform: Platform) -> None:
    location = await _posted(platform)
    token = platform.token("app-1", principal=Principal.APPLICATION, company_id=None)
    for url in (location, "/receipts/v4/users/app-1", location.replace("/v4/", "/v4/status/")):
        assert (await platform.get(url, token)).status_code == 403


async def test_every_schema_that_the_index_names_can_be_read(platform: Platform) -> None:
    index = (await platform.get("/receipts/schemas")).json()
    assert [link["rel"] for link in index["receiptSchemas"]] == [
        "http://schema.concursolutions.com/general-receipt.schema.json"
    ]
    for link in (*index["receiptSchemas"], *index["supportingSchemas"]):
        answer = await platform.get(link["href"])
        assert answer.json()["$id"] == link["rel"]
    assert (await platform.get("/receipts/schemas/unknown.schema.json")).status_code == 404


async def test_the_service_index_tells_where_everything_is(platform: Platform) -> None:
    links = {link["rel"]: link for link in (await platform.get("/receipts/")).json()["links"]}
    assert links["self"] == {"rel": "self", "href": f"{ISSUER}/receipts/v4"}
    assert links["receipt-post"]["href"] == f"{ISSUER}/receipts/v4/users/{{userId}}"
    assert links["schemas-get"]["href"] == f"{ISSUER}/receipts/schemas"
    assert links.keys() == {"self", "receipt-get", "receipt-post", "receipts-get-user", "schemas-get"}


async def test_an_unknown_path_gets_404_and_a_wrong_method_405(platform: Platform) -> None:
    assert (await platform.get("/receipts/v5/x")).status_code == 404
    answer = await platform.client.delete("/receipts/v4/users/user-1")
    assert (answer.status_code, answer.content) == (405, b"")
    assert {method.strip() for method in answer.headers["allow"].split(",")} >= {"GET", "POST"}


async def test_the_api_documents_itself_the_posting_included(platform: Platform) -> None:
    paths = (await platform.client.get("/openapi.json")).json()["paths"]
    assert set(paths["/receipts/v4/users/{user_id}"]) == {"get", "post"}
    assert {"/receipts/v4/{receipt_id}", "/receipts/v4/status/{receipt_id}", "/receipts/schemas"} <= paths.keys()
    page = await platform.client.get("/docs")
    assert page.status_code == 200
    assert "https://" not in page.text
