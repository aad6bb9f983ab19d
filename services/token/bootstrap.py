"""The parts list of the token service: the only file that puts concrete parts together."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from grantstream.contracts.grants import GrantType
from grantstream.events.producing.outbox_nudge import OutboxNudge
from grantstream.fence import FenceSettings, Identity
from grantstream.guard import Guard, KeySet
from grantstream.guard.guarded_process import GuardedProcess
from grantstream.guard.no_op import no_op
from grantstream.postgres.pool import Pool, opened_pool
from grantstream.service.app import Api, build_api
from grantstream.service.background import relay_and_consumer
from grantstream.service.change import Changes
from grantstream.service.connected import opened_service_pool
from grantstream.service.fence_logs import note_log
from grantstream.service.guarded_process import Role, opened_guarded_process
from grantstream.service.in_force import InForce
from grantstream.service.process import instance_id
from grantstream.service.projected_rows import ProjectedRows
from grantstream.service.serving import serving
from grantstream.service.worker import WorkerParts
from services.token.domain.refresh_token import RefreshPolicy
from services.token.domain.signing_key import SigningKey
from services.token.domain.system_clients import SystemClients
from services.token.entrypoints import companies, sandboxes, users
from services.token.entrypoints.documented import DISCOVERY_PATHS, KEYS_PATH, TOKEN_PATH, document_plain_endpoints
from services.token.entrypoints.oauth_problems import render_problem
from services.token.entrypoints.problems import FAILURES
from services.token.entrypoints.published import PublishedDocument, PublishedKeys, discovery
from services.token.entrypoints.token_endpoint import TokenEndpoint
from services.token.errors import NotEffective
from services.token.projections import PROJECTIONS
from services.token.settings import TokenSettings
from services.token.store.schema import MIGRATIONS
from services.token.use_cases.authenticate_client import ClientAuthenticator
from services.token.use_cases.await_signing_keys import await_signing_keys
from services.token.use_cases.bind_issuer import bind_issuer
from services.token.use_cases.check_password import Passwords
from services.token.use_cases.clean_up import CleanUp
from services.token.use_cases.client_directory import ClientDirectory
from services.token.use_cases.current_keys import CurrentKeys
from services.token.use_cases.current_rows import CurrentRows
from services.token.use_cases.grants.client_credentials import ClientCredentialsGrant
from services.token.use_cases.grants.grant import Grant
from services.token.use_cases.grants.password import PasswordGrant
from services.token.use_cases.grants.refresh_token import RefreshTokenGrant
from services.token.use_cases.issue_token import IssueToken
from services.token.use_cases.mint_token import TokenMinter
from services.token.use_cases.newest_states import OWNED
from services.token.use_cases.parts import CommandParts, Parts
from services.token.use_cases.refresh_families import RefreshFamilies
from services.token.use_cases.rotate_keys import KeyRotation
from services.token.use_cases.self_minted_token import SelfMintedToken
from services.token.use_cases.sign_in import SignIn
from services.token.use_cases.verify_assertion import AssertionVerifier
from services.token.use_cases.verify_dpop_proof import DpopProofs, DpopRules

_ROTATION_LIMIT: Final = 30.0
"""Seconds for each step: long enough for a process that was killed to count as gone."""
_DESCRIPTION = "Tokens under OAuth 2.0 and OpenID Connect; sandboxes, companies and their users."


@dataclass(frozen=True, slots=True)
class OpenedProcess:
    """What both roles have in common."""

    settings: TokenSettings
    pool: Pool
    system_clients: SystemClients
    keys: CurrentKeys
    minter: TokenMinter
    own_token: SelfMintedToken
    process: GuardedProcess


def http_app(settings: TokenSettings) -> Api:
    """The application of one worker process of the http role."""

    @asynccontextmanager
    async def running(api: Api) -> AsyncIterator[None]:
        async with (
            opened_process(settings, "http") as opened,
            serving(api, settings, opened.pool, opened.process, migrations=MIGRATIONS, projections=PROJECTIONS) as (
                changes,
                rows,
            ),
        ):
            parts = parts_of(settings, opened.process.guard, changes)
            api.state.guard, api.state.parts = parts.guard, parts
            _add_endpoints(api, opened, rows, parts)
            yield
            parts.passwords.close()

    api = build_api(
        settings,
        title="Token service",
        description=_DESCRIPTION,
        running=running,
        routers=[sandboxes.router, companies.router, users.router],
        failures=FAILURES,
        render=render_problem,
    )
    document_plain_endpoints(api.fastapi)
    return api


@asynccontextmanager
async def worker_parts(settings: TokenSettings) -> AsyncIterator[WorkerParts]:
    """What the worker role does: relay, projections, clean-up."""
    async with opened_process(settings, "worker") as opened:
        clean_up = CleanUp(opened.pool, refresh_policy(settings), settings.lockout, settings.clean_up_every)
        yield relay_and_consumer(
            settings,
            pool=opened.pool,
            process=opened.process,
            token=opened.own_token,
            projections=PROJECTIONS,
            migrations=MIGRATIONS,
            owned=OWNED,
            other_jobs={"clean-up": clean_up.run},
        )


@asynccontextmanager
async def opened_key_rotation(settings: TokenSettings) -> AsyncIterator[KeyRotation]:
    """What changes the signing keys, beside the processes that run: it only watches the fence."""
    async with opened_pool(settings.postgres_dsn, application_name="token-keys", max_size=2) as pool:
        keys = await await_signing_keys(pool)
        process = GuardedProcess(
            Identity("token-keys", instance_id(), "token", "other", observer=True),
            FenceSettings.for_staleness(settings.fence_max_staleness, answer_limit=_ROTATION_LIMIT),
            issuer=settings.base_url,
            bootstrap_servers=settings.kafka_bootstrap_servers,
            keys=_known(keys),
            token=None,
            count_refusal=no_op,
        )
        await _start_within(process, _ROTATION_LIMIT)
        await note_log(pool, process.fence)
        nudge = OutboxNudge(pool)
        changes = Changes(pool=pool, source=settings.event_source, in_force=InForce(pool, process.fence), nudge=nudge)
        try:
            yield KeyRotation(changes, _ROTATION_LIMIT)
        finally:
            await nudge.close()
            await process.stop()


async def _start_within(process: GuardedProcess, limit: float) -> None:
    try:
        async with asyncio.timeout(limit):
            await process.start()
    except TimeoutError as error:
        await process.stop()
        raise NotEffective(f"the fence can't be followed: {process.fence.hindrance}") from error


@asynccontextmanager
async def opened_process(settings: TokenSettings, role: Role) -> AsyncIterator[OpenedProcess]:
    """Opens what both roles need, in order; returns once the process is proven to be current."""
    async with opened_service_pool(settings, role) as pool:
        await bind_issuer(pool, settings.base_url, datetime.now(UTC))
        system_clients = SystemClients.from_json(settings.system_clients_file.read_bytes())
        own_client = system_clients.named(settings.system_client_name)
        keys = await await_signing_keys(pool)
        minter = minter_of(settings, keys)
        current_keys = CurrentKeys(pool, keys, minter)
        own_token = SelfMintedToken(own_client, minter, current_keys)

        async def own_keys() -> KeySet:
            return _known(keys)

        async with opened_guarded_process(
            settings, pool, client_id=own_client.client_id, role=role, token=own_token, load_keys=own_keys
        ) as process:
            current_keys.follow(process.fence.rules)
            yield OpenedProcess(settings, pool, system_clients, current_keys, minter, own_token, process)


def _known(keys: Sequence[SigningKey]) -> KeySet:
    """All keys, with how they ended: whatever became of `key.published`, their owner judges by what it has itself."""
    return KeySet.of(key.published_event() for key in keys)


def issue_token_of(opened: OpenedProcess, projected: ProjectedRows, parts: Parts) -> IssueToken:
    """The token endpoint's use case."""
    settings, fence = opened.settings, opened.process.fence
    rows = CurrentRows(projected)
    directory = ClientDirectory(
        rows,
        opened.system_clients.by_id(),
        max_age=settings.app_row_max_age,
        max_remembered=settings.app_rows_remembered,
    )
    audiences = frozenset({settings.base_url, settings.token_endpoint})
    assertions = AssertionVerifier(parts.pool, audiences, settings.assertion_max_lifetime)
    proofs = DpopProofs(parts.pool, DpopRules(settings.token_endpoint_urls, settings.dpop_max_age))
    families = RefreshFamilies(parts.changes, refresh_policy(settings))
    sign_in = SignIn(parts.pool, rows, parts.passwords, settings.lockout)
    grants: Mapping[GrantType, Grant] = {
        GrantType.CLIENT_CREDENTIALS: ClientCredentialsGrant(),
        GrantType.PASSWORD: PasswordGrant(sign_in, rows, families),
        GrantType.REFRESH_TOKEN: RefreshTokenGrant(rows, families),
    }
    authenticate = ClientAuthenticator(directory, assertions)
    return IssueToken(authenticate, proofs, grants, opened.minter, fence, opened.keys, fence.time_of_day)


def minter_of(settings: TokenSettings, keys: list[SigningKey]) -> TokenMinter:
    """What signs tokens."""
    return TokenMinter(
        keys,
        issuer=settings.base_url,
        algorithm=settings.signing_alg,
        algorithm_of=settings.access_token_alg,
    )


def passwords_of(settings: TokenSettings) -> Passwords:
    """What hashes passwords."""
    return Passwords(
        threads=settings.password_hash_threads,
        waiting=settings.password_hash_waiting,
        memory_kib=settings.password_hash_memory_kib,
        rounds=settings.password_hash_rounds,
    )


def refresh_policy(settings: TokenSettings) -> RefreshPolicy:
    """How long refresh tokens live."""
    return RefreshPolicy(timedelta(days=settings.refresh_lifetime_days), timedelta(seconds=settings.refresh_grace))


def command_parts(settings: TokenSettings, pool: Pool) -> CommandParts:
    """What commands work with; they wait for no process."""
    return CommandParts(
        pool=pool,
        changes=Changes(pool=pool, source=settings.event_source),
        passwords=passwords_of(settings),
        password_policy=settings.password_policy,
    )


def parts_of(settings: TokenSettings, guard: Guard, changes: Changes) -> Parts:
    """What the use cases of the administration work with."""
    return Parts(
        pool=changes.pool,
        changes=changes,
        passwords=passwords_of(settings),
        password_policy=settings.password_policy,
        guard=guard,
        sandbox_sign_up=settings.sandbox_sign_up,
        sandboxes_per_minute=settings.sandboxes_per_minute,
    )


def _add_endpoints(api: Api, opened: OpenedProcess, projected: ProjectedRows, parts: Parts) -> None:
    issue = issue_token_of(opened, projected, parts)
    base_url = opened.settings.base_url
    metadata = PublishedDocument(discovery(base_url, [grant.value for grant in issue.grants]))
    api.add_hot("POST", TOKEN_PATH, TokenEndpoint(issue, geolocation=base_url))
    api.add_hot("GET", KEYS_PATH, PublishedKeys(opened.keys))
    for path in DISCOVERY_PATHS:
        api.add_hot("GET", path, metadata)
