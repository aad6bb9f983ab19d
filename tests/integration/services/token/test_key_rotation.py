"""Signing keys change hands while the service issues tokens."""

import asyncio
import json
import threading
from collections.abc import Iterator
from typing import Any

import asyncpg
import jwt
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from deploy.local.server_access import run_in_thread
from grantstream.contracts import subjects
from grantstream.contracts.topics import KEY_PUBLISHED
from grantstream.guard.key_standing import KeyStanding
from grantstream.guard.observer import open_observer
from grantstream.testing import eventually_sync
from tests import plain_http
from tests.deeds.own_broker import OwnBroker
from tests.deeds.topic_operator import Operator
from tests.integration.services.token.conftest import SandboxOf, open_sandbox
from tests.integration.services.token.running import BASE_URL, TokenService, start
from tests.servers.databases import DatabaseServer


@pytest.fixture(scope="module")
def service(
    own_kafka: OwnBroker, postgres: DatabaseServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TokenService]:
    """One of its own: a withdrawn key would void what other tests hold."""
    running = start(
        tmp_path_factory.mktemp("rotation"),
        dsn=postgres.fresh_database(),
        bootstrap_servers=own_kafka.bootstrap_servers,
        http_workers="2",
    )
    try:
        yield running
    finally:
        running.client.close()
        running.supervisor.stop_all()


def keys(service: TokenService, *arguments: str) -> list[dict[str, Any]]:
    code, output, errors = service.command("keys", *arguments)
    assert code == 0, errors
    return [json.loads(line) for line in output.splitlines()]


def base(service: TokenService) -> str:
    return str(service.client.base_url).rstrip("/")


def signing_now(service: TokenService) -> str:
    """From the database: `keys list`, which the first test looks at, takes seconds to start."""
    [current] = run_in_thread(_rows(service, "select kid from signing_key where state = 'current' and alg = 'ES256'"))
    return str(current["kid"])


async def _rows(service: TokenService, query: str) -> list[Any]:
    connection = await asyncpg.connect(service.dsn)
    try:
        return list(await connection.fetch(query))
    finally:
        await connection.close()


def kid_of(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


def published(service: TokenService) -> set[str]:
    return {key["kid"] for key in plain_http.get(f"{base(service)}/oauth2/v0/jwks").json()["keys"]}


def accepted(service: TokenService, sandbox: SandboxOf, token: str) -> bool:
    """Whether both http processes take the token; each question goes to any of them."""
    url = f"{base(service)}/companies/{sandbox.company_id}"
    statuses = {plain_http.get(url, headers={"Authorization": f"Bearer {token}"}).status_code for _ in range(12)}
    assert statuses <= {200, 401}, statuses
    return statuses == {200}


class Traffic(threading.Thread):
    """Asks for tokens, and shows each of them at once, until it is stopped."""

    def __init__(self, service: TokenService, sandbox: SandboxOf) -> None:
        super().__init__()
        self._service, self._sandbox = service, sandbox
        self._stopped = threading.Event()
        self.tokens: list[str] = []
        self.failures: list[str] = []

    def run(self) -> None:
        admin = self._service.generated.admin_client
        form = {"client_id": admin.client_id, "client_secret": admin.client_secret, "scope": "company.read"}
        url = base(self._service)
        while not self._stopped.is_set():
            # A connection of its own each time: the port's processes take turns.
            answer = plain_http.post(f"{url}/oauth2/v0/token", data=form | self._sandbox.credentials())
            if answer.status_code != 200:
                self.failures.append(answer.text)
                continue
            token = answer.json()["access_token"]
            shown = plain_http.get(
                f"{url}/companies/{self._sandbox.company_id}", headers={"Authorization": f"Bearer {token}"}
            )
            if shown.status_code != 200:
                self.failures.append(f"{shown.status_code} for a token of {kid_of(token)}")
            self.tokens.append(token)

    def __enter__(self) -> "Traffic":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self.join()


def test_a_rotation_fails_no_request_then_the_new_key_signs(service: TokenService) -> None:
    sandbox, before = open_sandbox(service), signing_now(service)
    with Traffic(service, sandbox) as traffic:
        [rotated] = keys(service, "rotate")
        seen = len(traffic.tokens)
        eventually_sync(lambda: len(traffic.tokens) >= seen + 10, what="tokens after the rotation")
    assert traffic.failures == []
    after = str(rotated["kid"])
    assert rotated["state"] == "current"
    assert after != before
    # All that began after the command ended, but for the one that was under way.
    assert {kid_of(token) for token in traffic.tokens[seen + 1 :]} == {after}
    assert {kid_of(token) for token in traffic.tokens} == {before, after}
    assert accepted(service, sandbox, traffic.tokens[0])
    assert {before, after} <= published(service)
    states = {key["kid"]: key["state"] for key in keys(service, "list")}
    assert (states[before], states[after]) == ("retired", "current")


def test_a_rotation_republishes_retired_keys_by_the_new_key(service: TokenService) -> None:
    [first], [second] = keys(service, "rotate"), keys(service, "rotate")
    signers = run_in_thread(_last_signers(service))
    retired = {key["kid"] for key in keys(service, "list") if key["state"] == "retired"}
    assert first["kid"] in retired
    assert {signers[kid] for kid in retired} == {second["kid"]}


def test_the_other_algorithms_key_is_rotated_by_name(service: TokenService) -> None:
    es256 = signing_now(service)
    [rotated] = keys(service, "rotate", "--alg", "RS256")
    assert (rotated["alg"], rotated["state"]) == ("RS256", "current")
    assert signing_now(service) == es256


def test_withdrawing_a_key_voids_its_tokens_not_the_service(service: TokenService) -> None:
    sandbox, stolen = open_sandbox(service), signing_now(service)
    token = service.admin_token(sandbox.login, sandbox.password)
    assert kid_of(token) == stolen
    assert accepted(service, sandbox, token)
    [withdrawn] = keys(service, "withdraw", stolen)
    assert (withdrawn["kid"], withdrawn["state"]) == (stolen, "withdrawn")
    url = f"{base(service)}/companies/{sandbox.company_id}"
    statuses = [plain_http.get(url, headers={"Authorization": f"Bearer {token}"}).status_code for _ in range(20)]
    assert set(statuses) == {401}
    assert stolen not in published(service)
    fresh = service.admin_token(sandbox.login, sandbox.password)
    assert kid_of(fresh) == signing_now(service) != stolen
    assert accepted(service, sandbox, fresh)
    # The worker's own token was of the stolen key too. What it publishes now is believed, or this would be a 202.
    other = open_sandbox(service)
    assert kid_of(service.admin_token(other.login, other.password)) == kid_of(fresh)


def test_a_retired_key_can_be_withdrawn(service: TokenService) -> None:
    old = signing_now(service)
    keys(service, "rotate")
    [withdrawn] = keys(service, "withdraw", old)
    assert withdrawn["state"] == "withdrawn"
    assert {"retired_at", "withdrawn_at"} <= withdrawn.keys()


def test_an_emptied_key_topic_stops_nobody_and_is_refilled(
    service: TokenService,
) -> None:
    """A key was announced and withdrawn within an hour: who starts reads the announcement, and finds no such key."""
    [brief] = keys(service, "rotate")
    keys(service, "withdraw", brief["kid"])
    run_in_thread(_empty(Operator(service.bootstrap_servers)))
    standing = run_in_thread(_standing_at_start(service, brief["kid"]))
    assert standing is not None
    assert standing.withdrawn_at is not None
    # The command is such a process, too.
    [current] = keys(service, "rotate")
    assert {key["kid"] for key in keys(service, "list")} == run_in_thread(_last_signers(service)).keys()
    assert signing_now(service) == current["kid"]


def test_nothing_is_retired_when_nothing_waits_to_be(service: TokenService) -> None:
    assert keys(service, "retire") == []


@pytest.mark.parametrize("kid", ["nobody", "-ejUnXVQ", "--ejUnXVQ", "-"])
def test_an_unknown_key_is_not_withdrawn(service: TokenService, kid: str) -> None:
    code, _, errors = service.command("keys", "withdraw", kid)
    assert (code, errors.splitlines()[-1]) == (1, f"there is no signing key {kid}")


def test_no_private_half_of_an_ended_key_is_kept(service: TokenService) -> None:
    kept = run_in_thread(_rows(service, "select state from signing_key where private_pem is not null"))
    assert {row["state"] for row in kept} == {"current"}


async def _empty(operator: Operator) -> None:
    await operator.set_config(KEY_PUBLISHED.name, {"cleanup.policy": "compact,delete"})
    await operator.delete_records(KEY_PUBLISHED.name)
    await operator.put_right(KEY_PUBLISHED.name)


async def _standing_at_start(service: TokenService, kid: str) -> KeyStanding | None:
    """How a key has ended for a process that starts now, which has read all of the fence and all of the keys' topic."""
    observer = open_observer(
        issuer=BASE_URL, bootstrap_servers=service.bootstrap_servers, token_url=base(service), on_lost=lambda: None
    )
    async with asyncio.timeout(60), observer as process:
        # Current for some seconds by what stands before the key's announcement, it may have yet to come to that.
        await process.fence.wait_until_reached(subjects.signing_key(kid), 1, limit=60)
        return process.keys.standing(kid)


async def _last_signers(service: TokenService) -> dict[str, str]:
    """Of each key on `key.published`, which key signed its last record."""
    partitions = [TopicPartition(KEY_PUBLISHED.name, number) for number in range(KEY_PUBLISHED.partitions)]
    signed_by: dict[str, str] = {}
    async with AIOKafkaConsumer(bootstrap_servers=service.bootstrap_servers, auto_offset_reset="earliest") as consumer:
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        while any([await consumer.position(partition) < end for partition, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=1000)).values():
                for record in records:
                    token = dict(record.headers)["authorization"].removeprefix(b"Bearer ").decode()
                    signed_by[record.key.decode()] = kid_of(token)
    return signed_by
