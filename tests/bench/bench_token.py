"""POST /oauth2/v0/token (client_credentials, ES256, one process) beside a plain ASGI callable that only signs.

Both run on Granian with one worker and uvloop, are asked by the same load generator, in turns within one run. The
service is whole: PostgreSQL, Kafka, the fence, metrics, correlation ids, the rules.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
import uvloop

from deploy.local.kafka_broker import EmbeddedKafka
from deploy.local.ports import LOOPBACK, free_ports
from deploy.local.postgres_server import EmbeddedPostgres
from deploy.local.processes import ProcessSpec, Supervisor
from deploy.local.server_access import run_in_thread
from grantstream.kafka.topic_admin import apply_topics
from tests.bench.http_load import form_request, requests_per_second
from tests.integration.services.token.registration import App, Registration
from tests.integration.services.token.running import ROOT, TokenService, start
from tests.servers.databases import DatabaseServer

ROUNDS = 7
SECONDS = 2.0
CONNECTIONS = 16
TARGET = 0.7


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="grantstream-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        pg_port, kafka_port, controller_port, plain_port = free_ports(4)
        with (
            EmbeddedPostgres(folder, port=pg_port, durable=False) as postgres,
            EmbeddedKafka(folder, port=kafka_port, controller_port=controller_port, thorough=True) as kafka,
        ):
            run_in_thread(apply_topics(kafka.bootstrap_servers))
            dsn = DatabaseServer(postgres.dsn).fresh_database()
            service = start(folder / "token", dsn=dsn, bootstrap_servers=kafka.bootstrap_servers)
            try:
                measure(service, plain_port)
            finally:
                service.supervisor.stop_all()


@dataclass
class Measured:
    """One of the two servers: answers a second, and its CPU time for each answer, in microseconds."""

    name: str
    port: int
    processes: list[psutil.Process]
    rates: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)

    def round(self, request: bytes, seconds: float) -> None:
        before = self._cpu_seconds()
        rate = uvloop.run(requests_per_second(LOOPBACK, self.port, request, connections=CONNECTIONS, seconds=seconds))
        self.rates.append(rate)
        self.costs.append((self._cpu_seconds() - before) / (rate * seconds) * 1e6)

    def _cpu_seconds(self) -> float:
        return sum(sum(process.cpu_times()[:2]) for process in self.processes)

    def __str__(self) -> str:
        rate, cost = statistics.median(self.rates), statistics.median(self.costs)
        return (
            f"{self.name:20} {rate:7.0f} /s ({min(self.rates):.0f} to {max(self.rates):.0f}), CPU {cost:5.1f} us each"
        )


def measure(service: TokenService, plain_port: int) -> None:
    app = _registered(service)
    _start_plain(service.supervisor, app, plain_port)
    body = f"grant_type=client_credentials&client_id={app.app_id}&client_secret={app.secret}"
    request = form_request("/oauth2/v0/token", body, "platform.test")
    plain = Measured("plain ASGI callable", plain_port, _processes(service, "plain"))
    ours = Measured("token endpoint", service.client.base_url.port or 0, _processes(service, "token-http"))
    for server in (plain, ours):
        server.round(request, 1.0)
        server.rates.clear()
        server.costs.clear()
    for _ in range(ROUNDS):
        for server in (plain, ours):
            server.round(request, SECONDS)
    print(f"client_credentials, ES256, {CONNECTIONS} connections, medians of {ROUNDS} rounds of {SECONDS:.0f} s")
    print(f"  {plain}\n  {ours}")
    rates = statistics.median(ours.rates) / statistics.median(plain.rates)
    costs = statistics.median(plain.costs) / statistics.median(ours.costs)
    # The second ratio is what the first would be on a machine with nothing else to do.
    print(f"  ratio {rates:.2f} by answers a second, {costs:.2f} by CPU time   (target >= {TARGET})")


def _processes(service: TokenService, name: str) -> list[psutil.Process]:
    record = service.supervisor.record(name)
    assert record is not None
    parent = psutil.Process(record.pid)
    return [parent, *parent.children(recursive=True)]


def _registered(service: TokenService) -> App:
    answer = service.client.post("/sandboxes", json={"login": "bench@example.com"})
    answer.raise_for_status()
    return Registration(service).register(answer.json()["companyId"])


def _start_plain(supervisor: Supervisor, app: App, port: int) -> None:
    env = {"PYTHONPATH": f"{ROOT / 'libs'}:{ROOT}", "BENCH_SECRET": app.secret}
    command = (sys.executable, "-m", "tests.bench.plain_signer", str(port))
    supervisor.ensure(ProcessSpec("plain", command, ROOT / ".local" / "bench-plain.log", 1, env=env, cwd=ROOT))
    deadline = time.monotonic() + 20
    parameters = {"client_id": app.app_id, "client_secret": app.secret}
    while True:
        try:
            httpx.post(f"http://{LOOPBACK}:{port}/", data=parameters).raise_for_status()
        except httpx.HTTPError:
            if time.monotonic() > deadline:
                raise
            asyncio.run(asyncio.sleep(0.05))
        else:
            return


if __name__ == "__main__":
    main()
