"""The parts list of the token service: what both roles and most commands are assembled from."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from typing import Final

from grantstream.fence import Fence, RuleBook
from grantstream.guard import Guard
from grantstream.guard.guarded_process import GuardedProcess
from grantstream.postgres.pool import Pool
from grantstream.service.app import Api, build_api
from grantstream.service.background import relay_and_consumer
from grantstream.service.change import Changes
from grantstream.service.connected import opened_service_pool
from grantstream.service.guarded_process import ProcessRole, opened_guarded_process
from grantstream.service.service_tables import ServiceTables
from grantstream.service.serving import serving
from grantstream.service.worker import WorkerParts
from services.token.commands.bind_issuer import bind_issuer
from services.token.commands.clean_up import CleanUp
from services.token.domain.system_clients import SystemClients
from services.token.entrypoints import companies, sandboxes, users
from services.token.entrypoints.documented import DISCOVERY_PATHS, KEYS_PATH, TOKEN_PATH, document_plain_endpoints
from services.token.entrypoints.oauth_problems import render_problem
from services.token.entrypoints.problems import FAILURES
from services.token.entrypoints.published import PublishedDocument, PublishedKeys, discovery
from services.token.entrypoints.token_endpoint import TokenEndpoint
from services.token.projections import PROJECTIONS
from services.token.settings import TokenSettings
from services.token.store.sql import MIGRATIONS
from services.token.use_cases.authenticate_client import ClientAuthenticator
from services.token.use_cases.await_signing_keys import await_signing_keys
from services.token.use_cases.check_password import Passwords
from services.token.use_cases.client_directory import ClientDirectory
from services.token.use_cases.current_keys import CurrentKeys, Signing, known_keys
from services.token.use_cases.current_rows import CurrentRows
from services.token.use_cases.grants.all_grants import all_grants
from services.token.use_cases.issue_token import IssueToken
from services.token.use_cases.mint_token import TokenMinter
from services.token.use_cases.newest_states import OWNED
from services.token.use_cases.parts import CommandParts, Parts
from services.token.use_cases.refresh_families import RefreshFamilies
from services.token.use_cases.self_minted_token import SelfMintedToken
from services.token.use_cases.sign_in import SignIn
from services.token.use_cases.verify_assertion import AssertionVerifier
from services.token.use_cases.verify_dpop_proof import DpopProofs, DpopRules

TABLES: Final = ServiceTables(MIGRATIONS, PROJECTIONS, OWNED)


def http_app(settings: TokenSettings) -> Api:
    """The application of one http process."""

    @asynccontextmanager
    async def running(api: Api) -> AsyncIterator[None]:
        async with (
            opened_process(settings, "http") as (signing, process, _),
            serving(api, settings, TABLES, signing.pool, process) as (changes, rows),
        ):
            parts = parts_of(settings, process.guard, changes)
            api.state.guard, api.state.parts = parts.guard, parts
            issue = issue_token_of(settings, parts, CurrentRows(rows), signing, process.fence)
            _add_endpoints(api, issue, signing.keys, settings.base_url)
            with closing(parts.passwords):
                yield

    api = build_api(
        settings,
        title="Token service",
        description="Tokens under OAuth 2.0 and OpenID Connect; sandboxes, companies and their users.",
        running=running,
        routers=[sandboxes.router, companies.router, users.router],
        failures=FAILURES,
        render=render_problem,
    )
    document_plain_endpoints(api.fastapi)
    return api


def _add_endpoints(api: Api, issue: IssueToken, keys: CurrentKeys, base_url: str) -> None:
    metadata = PublishedDocument(discovery(base_url, [grant.value for grant in issue.grants]))
    api.add_hot("POST", TOKEN_PATH, TokenEndpoint(issue, geolocation=base_url))
    api.add_hot("GET", KEYS_PATH, PublishedKeys(keys))
    for path in DISCOVERY_PATHS:
        api.add_hot("GET", path, metadata)


@asynccontextmanager
async def worker_parts(settings: TokenSettings) -> AsyncIterator[WorkerParts]:
    """What the worker role does: relay, projections, clean-up."""
    async with opened_process(settings, "worker") as (signing, process, own_token):
        clean_up = CleanUp(signing.pool, settings.refresh_policy, settings.lockout, settings.clean_up_every)
        yield relay_and_consumer(
            settings, TABLES, signing.pool, process, own_token, other_jobs={"clean-up": clean_up.run}
        )


@asynccontextmanager
async def opened_process(
    settings: TokenSettings, role: ProcessRole
) -> AsyncIterator[tuple[Signing, GuardedProcess, SelfMintedToken]]:
    """Opens what both roles need, in order; returns once the process is proven to be current."""
    async with opened_service_pool(settings, role) as pool:
        await bind_issuer(pool, settings.base_url, datetime.now(UTC))
        signing_keys, rules = await await_signing_keys(pool), RuleBook()
        system_clients = SystemClients.from_json(settings.system_clients_file.read_bytes())
        minter = TokenMinter(
            signing_keys,
            issuer=settings.base_url,
            algorithm=settings.signing_alg,
            algorithm_of=settings.access_token_alg,
        )
        signing = Signing(pool, minter, CurrentKeys(pool, signing_keys, minter, rules))
        own_client = system_clients.named(settings.system_client_name)
        own_token = SelfMintedToken(own_client, minter, signing.keys)
        async with opened_guarded_process(
            settings,
            pool,
            client_id=own_client.client_id,
            role=role,
            token=own_token,
            keys=known_keys(signing_keys),
            rules=rules,
        ) as process:
            yield signing, process, own_token


def issue_token_of(
    settings: TokenSettings, parts: Parts, rows: CurrentRows, signing: Signing, fence: Fence
) -> IssueToken:
    """The token endpoint's use case."""
    directory = ClientDirectory(
        rows,
        SystemClients.from_json(settings.system_clients_file.read_bytes()).by_id(),
        max_age=settings.app_row_max_age,
        max_remembered=settings.app_rows_remembered,
    )
    audiences = frozenset({settings.base_url, settings.token_endpoint})
    assertions = AssertionVerifier(parts.pool, audiences, settings.assertion_max_lifetime)
    families = RefreshFamilies(parts.changes, settings.refresh_policy)
    sign_in = SignIn(parts.pool, rows, parts.passwords, settings.lockout)
    return IssueToken(
        authenticate=ClientAuthenticator(directory, assertions),
        proofs=DpopProofs(parts.pool, DpopRules(settings.token_endpoint_urls, settings.dpop_max_age)),
        grants=all_grants(rows, sign_in, families),
        minter=signing.minter,
        permit=fence,
        keys=signing.keys,
        now=fence.time_of_day,
    )


def parts_of(settings: TokenSettings, guard: Guard, changes: Changes) -> Parts:
    """What the use cases of the administration work with."""
    return Parts(
        pool=changes.pool,
        changes=changes,
        passwords=Passwords(**settings.password_hashing),
        password_policy=settings.password_policy,
        guard=guard,
        sandbox_sign_up=settings.sandbox_sign_up,
        sandboxes_per_minute=settings.sandboxes_per_minute,
    )


def command_parts(settings: TokenSettings, pool: Pool) -> CommandParts:
    """What commands work with; they wait for no process."""
    return CommandParts(
        pool=pool,
        changes=Changes(pool=pool, source=settings.event_source),
        passwords=Passwords(**settings.password_hashing),
        password_policy=settings.password_policy,
    )
