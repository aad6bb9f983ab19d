"""Each worker publishes what it sends and receives, as AsyncAPI."""

import httpx
import pytest

from deploy.local.running_platform import Platform

OWN = {"registration": "sendAppRegistered", "token": "sendUserRegistered", "receipts": "sendReceiptPosted"}


@pytest.mark.parametrize("service", sorted(OWN))
def test_a_worker_publishes_its_own_document(platform: Platform, service: str) -> None:
    port = platform.services[service].port("worker")
    answer = httpx.get(f"http://127.0.0.1:{port}/asyncapi.json")
    assert answer.headers["content-type"] == "application/json"
    document = answer.json()
    assert document["asyncapi"] == "3.0.0"
    sent = {name for name in document["operations"] if name.startswith("send")}
    assert {name for name in OWN.values() if name in sent} == {OWN[service]}
