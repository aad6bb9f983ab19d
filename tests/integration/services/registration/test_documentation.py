"""The API's own description is whole, and its pages need no network."""

from typing import Any

from tests.integration.services.registration.platform import Platform


async def test_every_operation_has_a_summary_and_its_errors(platform: Platform) -> None:
    document: dict[str, Any] = (await platform.http.get("/openapi.json")).json()
    operations = {
        f"{method.upper()} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    assert len(operations) == 15
    for name, operation in operations.items():
        assert operation["summary"], name
        assert operation["description"], name
        assert {"401", "403", "503"} <= operation["responses"].keys(), name
        assert operation["security"], name
        assert "application/problem+json" in operation["responses"]["401"]["content"]
    assert "202" in operations["POST /app-mgmt/v4/apps"]["responses"]
    assert document["components"]["schemas"]["RegisterAppBody"]["examples"]


async def test_the_pages_of_the_documentation_name_no_other_host(platform: Platform) -> None:
    page = await platform.http.get("/docs")
    assert page.status_code == 200
    assert "https://" not in page.text
