"""An application, and its changes by its owner and the platform's staff.

Every method that makes a change returns the changed application, with the next version and the bounds of the tokens
that the change voids. Without a change it returns the application itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Self, TypeVar, cast

from grantstream.contracts.events.registration import Actor, AppModified, AppState, SecretStatus, Visibility
from grantstream.contracts.invalid_input import InvalidInput
from services.registration.domain import app_secrets
from services.registration.domain.app_details import faults_of_details
from services.registration.domain.app_secrets import NewSecret, Secret
from services.registration.domain.key_space import faults_of_key_space
from services.registration.domain.narrowing import bounds_of_narrowing
from services.registration.domain.permissions import refuse_reserved, refuse_staff_assigned
from services.registration.errors import ReviewNotComplete

AppEventT = TypeVar("AppEventT", bound=AppState)

STAFF_FIELDS: Final = frozenset({"visibility", "review_complete", "suspended", "key_space"})
"""What only the platform's staff set; `scopes` they set too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """One application: its state, as others see it, and whether its review is complete.

    Deleted ones are kept, so that a late event can't restore them. The secrets of the state are `Secret`.
    """

    state: AppModified
    review_complete: bool = False

    @classmethod
    def register(
        cls,
        details: Mapping[str, Any],
        *,
        app_id: str,
        company_id: str,
        company_domain: str,
        secret: NewSecret,
        now: datetime,
    ) -> Self:
        """A new application of a partner. Raises InvalidInput and StaffAssignedScopes."""
        # What was sent is checked by `_check`, whose refusal names every place.
        state = AppModified.model_construct(
            **details,
            app_id=app_id,
            company_id=company_id,
            company_domain=company_domain,
            visibility=Visibility.PRIVATE,
            secrets=(secret.stored(now),),
            version=1,
            created_at=now,
            updated_at=now,
        )
        _check(state)
        refuse_staff_assigned(state.scopes)
        return cls(state=state)

    def modify(self, changes: Mapping[str, Any], *, now: datetime) -> Self:
        """The owner's change of some fields. Raises InvalidInput and StaffAssignedScopes."""
        after = self._with(**changes)
        _check(after.state)
        refuse_staff_assigned(after.state.scopes, held=self.state.scopes)
        return self._changed(after, now)

    def reviewed(self, changes: Mapping[str, Any], *, now: datetime) -> Self:
        """The application after the staff's decision, which may assign any scope that applications can have.

        Raises InvalidInput and ReviewNotComplete.
        """
        after = self._with(**changes)
        if faults := list(faults_of_key_space(after.state.key_space)):
            raise InvalidInput(*faults)
        if after.state.visibility is not Visibility.PRIVATE and not after.review_complete:
            raise ReviewNotComplete
        refuse_reserved(after.state.scopes)
        _check(after.state)
        return self._changed(after, now)

    def with_new_secret(self, secret: NewSecret, *, overlap: timedelta, most_active: int, now: datetime) -> Self:
        """With a new secret; tokens issued by older secrets stay valid. Raises TooManySecrets."""
        secrets = app_secrets.with_new(self.secrets, secret, overlap=overlap, most_active=most_active, now=now)
        return self._changed(self._with(secrets=secrets), now)

    def with_leaked_secrets_replaced(self, secret: NewSecret, *, now: datetime) -> Self:
        """With a new secret instead of all others, which are deleted, so that none can be activated again."""
        return self._changed(self._with(secrets=(secret.stored(now),)), now)

    def with_secret_status(self, secret_id: str, status: SecretStatus, *, most_active: int, now: datetime) -> Self:
        """With one secret activated or deactivated. Raises NotFound and TooManySecrets."""
        secrets = app_secrets.with_status(self.secrets, secret_id, status, most_active=most_active, now=now)
        return self._changed(self._with(secrets=secrets), now)

    def without_secret(self, secret_id: str, *, now: datetime) -> Self:
        """Without one inactive secret. Raises NotFound and SecretStillActive."""
        return self._changed(self._with(secrets=app_secrets.without(self.secrets, secret_id, now)), now)

    def delete(self, *, now: datetime) -> Self:
        """Deleted: all its tokens are void, its secrets are inactive, and no company has it enabled any more."""
        return self._changed(self._with(deleted=True, secrets=app_secrets.all_ended(self.secrets, now)), now)

    def secrets_forgotten_by(self, after: Self) -> list[Secret]:
        """The secrets that a change deletes. Their tokens must end with them: no later leak report could name them."""
        kept = {secret.secret_id for secret in after.secrets}
        return [secret for secret in self.secrets if secret.secret_id not in kept]

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """The secrets as they are stored."""
        return cast(tuple[Secret, ...], self.state.secrets)

    @property
    def is_usable(self) -> bool:
        """Whether tokens can be issued to it."""
        return self.state.active and not self.state.suspended and not self.state.deleted

    def is_visible_to(self, company_id: str) -> bool:
        """Whether a company that has not enabled it may see it."""
        is_public = self.state.visibility is Visibility.PUBLIC
        return not self.state.deleted and (company_id == self.state.company_id or is_public)

    def is_available_to(self, company_id: str) -> bool:
        """Whether a company may enable it."""
        return self.is_usable and self.is_visible_to(company_id)

    def event(self, kind: type[AppEventT], actor: Actor | None = None) -> AppEventT:
        """The event of the present state; `actor`: who asked for the change."""
        return kind.model_validate(self.state.model_dump() | {"actor": actor})

    def _with(self, *, review_complete: bool | None = None, **changes: Any) -> Self:
        complete = self.review_complete if review_complete is None else review_complete
        return replace(self, state=self.state.model_copy(update=changes), review_complete=complete)

    def _changed(self, after: Self, now: datetime) -> Self:
        if after == self:
            return self
        version = self.state.version + 1
        bounds = bounds_of_narrowing(
            scopes=(self.state.scopes, after.state.scopes),
            grants=(self.state.allowed_grants, after.state.allowed_grants),
            key_spaces=(self.state.key_space, after.state.key_space),
            ends_all=self.is_usable and not after.is_usable,
            version=version,
        )
        void_below = self.state.void_below.raised_to(bounds)
        return after._with(version=version, void_below=void_below, updated_at=now)


def _check(state: AppModified) -> None:
    if faults := list(faults_of_details(state)):
        raise InvalidInput(*faults)
