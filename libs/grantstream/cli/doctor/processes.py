"""Each role of each service: does it answer, and is it ready."""

import asyncio
from typing import Any, Final

import httpx

from grantstream.cli.doctor.finding import Finding, well, wrong
from grantstream.cli.target import Target

_ANSWER_SECONDS: Final = 5.0


async def examine_processes(target: Target) -> list[Finding]:
    """Asks every role for its readiness. Any process of a port answers, so this checks one of each role."""
    roles = {f"{name} (http)": url for name, url in target.services.items()}
    roles |= {f"{name} (worker)": url for name, url in target.workers.items()}
    async with httpx.AsyncClient(timeout=_ANSWER_SECONDS) as client:
        examined = await asyncio.gather(*(_examined(client, role, url) for role, url in roles.items()))
    faults = [finding for findings in examined for finding in findings]
    return faults or [well(f"{len(roles)} roles answer and are ready: {', '.join(sorted(roles))}.")]


async def _examined(client: httpx.AsyncClient, role: str, url: str) -> list[Finding]:
    try:
        answer = await client.get(f"{url}/health/ready")
        readiness: Any = answer.json()
        checks = dict(readiness["checks"])
    except httpx.HTTPError as error:
        return [wrong(f"{role} does not answer at {url} ({type(error).__name__}).")]
    except (ValueError, KeyError, TypeError):
        return [wrong(f"What answers at {url} is not {role}.")]
    failed = [f"{name}: {check.get('detail') or 'no'}" for name, check in checks.items() if not check["ok"]]
    if answer.status_code != httpx.codes.OK:
        return [wrong(f"{role} is not ready ({'; '.join(failed)}).")]
    return [wrong(f"{role} refuses part of its work ({'; '.join(failed)}).")] if failed else []
