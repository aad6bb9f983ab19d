"""The parts list of the token service: the only file that puts concrete parts together."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from grantstream.contracts.grants import GrantType
from grantstream.events.consuming.projection_recency import Recency
from grantstream.events.producing.outbox_nudge import OutboxNudge
from grantstream.fence import FenceSettings, Identity
from grantstream.guard import KeySet
from grantstream.guard.guarded_process import GuardedProcess
from grantstream.guard.no_op import no_op
from grantstream.service.app import Api, build_api
from grantstream.service.background import common_checks, relay_and_consumer
from grantstream.service.connected import followed_recency, opened_service_pool
from grantstream.service.effect import Effects
from grantstream.service.fence_logs import note_log
from grantstream.service.guarded_process import Role, opened_guarded_process
from grantstream.service.health import projections_recent
from grantstream.service.postgres import Pool, opened_pool
from grantstream.service.process import instance_id
from grantstream.service.worker import WorkerParts
from services.token.domain.refresh_token import RefreshPolicy
from services.token.domain.signing_key import SigningKey
from services.token.domain.system_clients import SystemClients
from services.token.entrypoints import companies, sandboxes, users
from services.token.entrypoints.consumer import FOLLOWED, GROUP_ID, HANDLERS
from services.token.entrypoints.documented import DISCOVERY_PATHS, KEYS_PATH, TOKEN_PATH, document_plain_endpoints
from services.token.entrypoints.oauth_problems import render_problem
from services.token.entrypoints.problems import FAILURES
from services.token.entrypoints.published import PublishedDocument, PublishedKeys, discovery
from services.token.entrypoints.token_endpoint import TokenEndpoint
from services.token.errors import NotEffective
from services.token.settings import TokenSettings
from services.token.store.schema import MIGRATIONS
from services.token.use_cases.authenticate_client import ClientAuthenticator
from services.token.use_cases.await_signing_keys import await_signing_keys
from services.token.use_cases.bind_issuer import bind_issuer
from services.token.use_cases.check_password import Passwords
from services.token.use_cases.clean_up import CleanUp
from services.token.use_cases.client_directory import ClientDirectory
from services.token.use_cases.create_user import CreateUser
from services.token.use_cases.current_keys import CurrentKeys
from services.token.use_cases.current_rows import CurrentRows
from services.token.use_cases.grants.client_credentials import ClientCredentialsGrant
from services.token.use_cases.grants.grant import Grant
from services.token.use_cases.grants.password import PasswordGrant
from services.token.use_cases.grants.refresh_token import RefreshTokenGrant
from services.token.use_cases.issue_token import IssueToken
from services.token.use_cases.mint_token import TokenMinter
from services.token.use_cases.modify_company import ModifyCompany
from services.token.use_cases.modify_user import ModifyUser
from services.token.use_cases.newest_states import OWNED
from services.token.use_cases.read_company import ReadCompany
from services.token.use_cases.read_users import ReadUsers
from services.token.use_cases.refresh_families import RefreshFamilies
from services.token.use_cases.rotate_keys import KeyRotation
from services.token.use_cases.self_minted_token import SelfMintedToken
from services.token.use_cases.sign_in import SignIn
from services.token.use_cases.sign_up_sandbox import SignUpSandbox
from services.token.use_cases.store_new_user import StoreNewUser
from services.token.use_cases.verify_assertion import AssertionVerifier
from services.token.use_cases.verify_dpop_proof import DpopProofs, DpopRules

_ROTATION_LIMIT: Final = 30.0
"""Seconds for each step: long enough for a process that was killed to count as gone."""
_DESCRIPTION = "Tokens under OAuth 2.0 and OpenID Connect; sandboxes, companies and their users."


@dataclass(frozen=True, slots=True)
class Parts:
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
            opened_parts(settings, "http") as parts,
            followed_recency(settings, parts.pool, parts.process.fence, GROUP_ID, FOLLOWED) as recency,
        ):
            passwords = passwords_of(settings)
            effects = Effects(parts.pool, parts.process.fence, OutboxNudge(parts.pool))
            _add_state(api, parts, passwords, effects)
            _add_endpoints(api, parts, recency, passwords, effects)
            for name, check in common_checks(parts.pool, parts.process, MIGRATIONS).items():
                api.health.add(name, check)
            api.health.add("projections", projections_recent(recency), needed=False)
            yield
            await effects.nudge.close()
            passwords.close()

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
    async with opened_parts(settings, "worker") as parts:
        clean_up = CleanUp(parts.pool, refresh_policy(settings), settings.lockout, settings.clean_up_every)
        yield relay_and_consumer(
            settings,
            pool=parts.pool,
            process=parts.process,
            token=parts.own_token,
            group_id=GROUP_ID,
            handlers=HANDLERS,
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
        try:
            yield KeyRotation(pool, Effects(pool, process.fence, nudge), _ROTATION_LIMIT)
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
async def opened_parts(settings: TokenSettings, role: Role) -> AsyncIterator[Parts]:
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
            yield Parts(settings, pool, system_clients, current_keys, minter, own_token, process)


def _known(keys: Sequence[SigningKey]) -> KeySet:
    """All keys, with how they ended: whatever became of `key.published`, their owner judges by what it has itself."""
    return KeySet.of(key.published_event() for key in keys)


def issue_token_of(parts: Parts, recency: Recency, passwords: Passwords, effects: Effects) -> IssueToken:
    """The token endpoint's use case."""
    settings, fence = parts.settings, parts.process.fence
    rows = CurrentRows(parts.pool, fence, recency, settings.row_wait_limit)
    directory = ClientDirectory(
        rows,
        parts.system_clients.by_id(),
        max_age=settings.app_row_max_age,
        max_remembered=settings.app_rows_remembered,
    )
    audiences = frozenset({settings.base_url, settings.token_endpoint})
    assertions = AssertionVerifier(parts.pool, audiences, settings.assertion_max_lifetime)
    proofs = DpopProofs(parts.pool, DpopRules(settings.token_endpoint_urls, settings.dpop_max_age))
    families = RefreshFamilies(parts.pool, refresh_policy(settings), effects)
    sign_in = SignIn(parts.pool, rows, passwords, settings.lockout)
    grants: Mapping[GrantType, Grant] = {
        GrantType.CLIENT_CREDENTIALS: ClientCredentialsGrant(),
        GrantType.PASSWORD: PasswordGrant(sign_in, rows, families),
        GrantType.REFRESH_TOKEN: RefreshTokenGrant(rows, families),
    }
    authenticate = ClientAuthenticator(directory, assertions)
    return IssueToken(authenticate, proofs, grants, parts.minter, fence, parts.keys, fence.time_of_day)


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


def store_new_user_of(settings: TokenSettings, pool: Pool, passwords: Passwords) -> StoreNewUser:
    """What stores new users."""
    return StoreNewUser(pool, passwords, settings.password_policy)


def _add_state(api: Api, parts: Parts, passwords: Passwords, effects: Effects) -> None:
    settings, state = parts.settings, api.state
    state.guard = parts.process.guard
    state.sign_up_sandbox = SignUpSandbox(
        parts.pool,
        passwords,
        settings.password_policy,
        effects,
        settings.sandbox_sign_up,
        settings.sandboxes_per_minute,
    )
    state.create_user = CreateUser(store_new_user_of(settings, parts.pool, passwords), effects)
    state.modify_user = ModifyUser(parts.pool, passwords, settings.password_policy, effects)
    state.read_users = ReadUsers(parts.pool)
    state.read_company = ReadCompany(parts.pool)
    state.modify_company = ModifyCompany(parts.pool, effects)
    state.effects = effects


def _add_endpoints(api: Api, parts: Parts, recency: Recency, passwords: Passwords, effects: Effects) -> None:
    issue = issue_token_of(parts, recency, passwords, effects)
    base_url = parts.settings.base_url
    metadata = PublishedDocument(discovery(base_url, [grant.value for grant in issue.grants]))
    api.add_hot("POST", TOKEN_PATH, TokenEndpoint(issue, geolocation=base_url))
    api.add_hot("GET", KEYS_PATH, PublishedKeys(parts.keys))
    for path in DISCOVERY_PATHS:
        api.add_hot("GET", path, metadata)
