"""What registration tells, written to the topics as its relay would."""

import asyncio
import hashlib
import json
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from deploy.local.server_access import run_in_thread
from grantstream.contracts.envelope import Envelope
from grantstream.contracts.events.fence import PermissionChanged
from grantstream.contracts.events.registration import (
    AppDisabled,
    AppEnabled,
    AppModified,
    AppRegistered,
    EnablementState,
    SecretState,
    SecretStatus,
    Visibility,
)
from grantstream.contracts.events.state import EventData, VoidableState
from grantstream.contracts.topics import FENCE
from grantstream.contracts.void import VoidBelow
from grantstream.events.producing.outbox import prepared
from grantstream.proof import RecordContent, prove
from tests.integration.services.token.running import TokenService

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class App:
    """An application, and the secret that it shows."""

    company_id: str
    secret: str = field(default_factory=lambda: uuid.uuid4().hex)
    app_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    changes: dict[str, Any] = field(default_factory=dict)
    version: int = 0
    void_below: VoidBelow = field(default_factory=VoidBelow)

    def credentials(self) -> dict[str, str]:
        """The form parameters of client_secret_post."""
        return {"client_id": self.app_id, "client_secret": self.secret}

    def state(self, kind: type[AppRegistered] | type[AppModified]) -> Any:
        """The event of its state now."""
        secret = SecretState(
            secret_id=f"secret-{self.app_id}",
            digest="sha256:" + hashlib.sha256(self.secret.encode()).hexdigest(),
            status=SecretStatus.ACTIVE,
            created_at=NOW,
        )
        fields: dict[str, Any] = {
            "version": self.version,
            "void_below": self.void_below,
            "app_id": self.app_id,
            "company_id": self.company_id,
            "company_domain": "company.example",
            "name": "App",
            "description": "",
            "active": True,
            "visibility": Visibility.PRIVATE,
            "apis": (),
            "sensitive_data_groups": (),
            "scopes": ("openid", "receipts.write"),
            "allowed_grants": ("client_credentials", "password", "refresh_token"),
            "redirect_uris": (),
            "environment": "sandbox",
            "secrets": (secret,),
            "created_at": NOW,
            "updated_at": NOW,
        }
        return kind(**(fields | self.changes))


@dataclass
class Registration:
    """Speaks to the token service as registration does."""

    service: TokenService

    def register(self, company_id: str, *, enable: bool = True, **changes: Any) -> App:
        """A new application, enabled for its company unless told otherwise."""
        app = App(company_id, changes=changes, version=1)
        self.tell(app.state(AppRegistered))
        if enable:
            self.enable(app, company_id, 1)
        return app

    def modify(self, app: App, *, void_below: VoidBelow | None = None, **changes: Any) -> None:
        """A change of an application."""
        app.version += 1
        app.changes |= changes
        app.void_below = app.void_below.raised_to(void_below or VoidBelow())
        self.tell(app.state(AppModified))

    def enable(self, app: App, company_id: str, version: int, void_below: VoidBelow | None = None) -> None:
        """A company enables an application."""
        self.tell(AppEnabled(**_enablement(app, company_id, version, True, void_below)))

    def disable(self, app: App, company_id: str, version: int) -> None:
        """A company disables an application."""
        void_below = VoidBelow(version=version)
        self.tell(AppDisabled(**_enablement(app, company_id, version, False, void_below)))

    def tell(self, state: VoidableState, *, fence_only: bool = False) -> None:
        """Appends an event and its record on the fence, and returns once both processes have reached it."""
        change = PermissionChanged(subject=state.subject, version=state.version, void_below=state.void_below)
        # The fence last: what it tells of is then on its way already.
        events: list[EventData] = [change] if fence_only else [state, change]
        run_in_thread(self._send(events))

    async def _send(self, events: list[EventData]) -> None:
        credential = self.service.event_credential("registration")
        async with AIOKafkaProducer(bootstrap_servers=self.service.bootstrap_servers, acks="all") as producer:
            for event in events:
                row = prepared(event, source="urn:test:registration", now=datetime.now(UTC))
                envelope = Envelope(
                    id=row.id,
                    type=row.type,
                    source=row.source,
                    subject=row.subject,
                    time=row.time,
                    dataschema=row.dataschema,
                )
                record = RecordContent(row.topic, row.key.encode(), row.data, envelope.headers())
                [shown] = prove(credential, [record])
                headers = [*envelope.headers(), *shown]
                sent = await producer.send_and_wait(row.topic, row.data, key=row.key.encode(), headers=headers)
                if row.topic == FENCE.name:
                    await self._reached(sent.offset)

    async def _reached(self, offset: int) -> None:
        partition = TopicPartition(FENCE.name, 0)
        missing = {"http", "worker"}
        async with AIOKafkaConsumer(bootstrap_servers=self.service.bootstrap_servers) as consumer:
            consumer.assign([partition])
            consumer.seek(partition, offset)
            while missing:
                record = await asyncio.wait_for(consumer.getone(), 10)
                told = json.loads(record.value)
                if told.get("offset", -1) >= offset:
                    missing.discard(told["role"])


def _enablement(app: App, company_id: str, version: int, enabled: bool, void_below: VoidBelow | None) -> dict[str, Any]:
    state = EnablementState(
        app_id=app.app_id,
        company_id=company_id,
        enabled=enabled,
        version=version,
        void_below=void_below or VoidBelow(),
        updated_at=NOW,
    )
    return state.model_dump()
