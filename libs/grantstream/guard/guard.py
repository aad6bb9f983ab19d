"""The guard of one process and audience: it decides who may do what, from memory alone.

Each method runs its checks in a fixed order, and an adapter cannot leave one out.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from grantstream.contracts.claims import CLOCK_TOLERANCE, EVENTS_AUDIENCE, AccessTokenClaims
from grantstream.contracts.no_op import no_op
from grantstream.contracts.topics import Topic
from grantstream.fence.view import FenceView
from grantstream.guard import event_rules
from grantstream.guard.access import Requirement, decide
from grantstream.guard.errors import AccessDenied, EventRefused, Refusal, StaleGuard, TokenRefused
from grantstream.guard.event_proof import ProofCheck
from grantstream.guard.event_rules import JudgedEvent
from grantstream.guard.jwt_parse import decode_segment, parse_token, read_object
from grantstream.guard.key_set import KeySet
from grantstream.guard.refusal_codes import RefusalCode
from grantstream.guard.remembered import RememberedTokens
from grantstream.guard.token_rules import key_for, read_claims, refuse_audience, refuse_outside_validity

CountRefusal = Callable[[RefusalCode], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardLimits:
    """Limits of one guard.

    `max_token_bytes`: a longer token is refused unread. `remembered_tokens`: how many verified tokens are kept; the
    least recently used are dropped first. `clock_tolerance`: seconds that the minting clock may be ahead (`iat`,
    `nbf`); `exp` gets none, since the fence forgets by it. `remembered_proofs`: how many proofs of windows of events
    are kept.
    """

    max_token_bytes: int = 8 * 1024
    remembered_tokens: int = 10_000
    remembered_proofs: int = 4_096
    clock_tolerance: float = CLOCK_TOLERANCE.total_seconds()


_DEFAULT_LIMITS: Final = GuardLimits()


class Guard:
    """Judges tokens, access and events. `now`: epoch seconds; `count_refusal` gets the code of each refusal."""

    def __init__(
        self,
        *,
        issuer: str,
        audience: str,
        keys: KeySet,
        fence: FenceView,
        now: Callable[[], float] = time.time,
        limits: GuardLimits = _DEFAULT_LIMITS,
        count_refusal: CountRefusal = no_op,
    ) -> None:
        self._issuer = issuer
        self._audience = audience
        self._keys = keys
        self._fence = fence
        self._now = now
        self._limits = limits
        self.count_refusal = count_refusal
        self._remembered = RememberedTokens(limits.remembered_tokens, keys)
        self._proofs = ProofCheck(limits.remembered_proofs)

    def floor_of(self, subject: str) -> int:
        """The newest version of a subject that the fence still knows; 0: none."""
        return self._fence.rules.floor(subject)

    def knows_key(self, kid: str) -> bool:
        """Whether a signing key is known here, whatever its standing."""
        return self._keys.find(kid) is not None

    def missing_keys(self) -> frozenset[str]:
        """The `kid`s of signing keys that the issuer named when this process started, and that are unknown here."""
        return self._keys.missing

    def authenticate(self, token: str) -> AccessTokenClaims:
        """The claims of a request's token.

        Raises TokenRefused if the token is invalid, StaleGuard if that can't be decided just now.
        """
        try:
            claims = self._verified(token)
            refuse_audience(claims, self._audience)
            # What had expired when rules were forgotten stays expired, even if this process's clock is put back.
            at = max(self._now(), self._fence.rules.forgotten_until)
            self._refuse_outside_validity(token, claims, at=at)
            self._refuse_old_key(claims)
            self._refuse_void(claims)
            self._refuse_before_fence(claims)
            self._refuse_stale()
        except Refusal as refusal:
            self.count_refusal(refusal.code)
            raise
        return claims

    def is_void(self, token: str) -> bool:
        """Whether a token is void by now, by its key or by the fence, as far as this process knows.

        For the token's own holder, to know when it needs another one. A token of a key that is still on its way here is
        not void; one that was issued before this process's fence begins counts as void.
        """
        try:
            claims = self._verified(token)
            self._refuse_old_key(claims)
            self._refuse_void(claims)
            if claims.fence_position is not None:
                self._refuse_before_fence(claims)
        except TokenRefused as refusal:
            return refusal.code is not RefusalCode.KID_UNKNOWN
        return False

    def demand(
        self,
        claims: AccessTokenClaims,
        requirement: Requirement,
        *,
        company_id: str | None = None,
        user_id: str | None = None,
    ) -> None:
        """Raises AccessDenied, and counts it, unless `decide` allows."""
        decision = decide(claims, requirement, company_id=company_id, user_id=user_id)
        if not decision.allowed:
            denied = AccessDenied(decision)
            self.count_refusal(denied.code)
            raise denied

    def read_event(
        self,
        *,
        topic: Topic,
        key: bytes | None,
        headers: Sequence[tuple[str, bytes | None]],
        value: bytes | None,
        appended_at: float,
    ) -> JudgedEvent:
        """The event of a record, if its producer was allowed to write it.

        The token is judged at the broker's append time (epoch seconds), so that an event stays valid after its token
        expired. Freshness is not required: a consumer must be able to catch up. Raises EventRefused.
        """
        try:
            data = event_rules.present_value(topic, value)
            token = event_rules.producer_token(headers)
            claims = self._producer(token, appended_at)
            event_rules.refuse_without_scope(claims, topic)
            self._proofs.refuse_unproven(token, claims, topic=topic.name, key=key, value=value, headers=headers)
            envelope = event_rules.read_envelope(headers)
            event_type = event_rules.type_on(topic, envelope)
            event_rules.refuse_other_key(topic, key, envelope.subject)
            event_rules.refuse_outside_key_space(claims, event_type, envelope.subject)
            event = event_rules.read_data(event_type, data, envelope.subject)
            event_rules.refuse_privilege_escalation(claims, event)
            return JudgedEvent(envelope, claims, event)
        except EventRefused as refusal:
            self.count_refusal(refusal.code)
            raise

    def _producer(self, token: str, appended_at: float) -> AccessTokenClaims:
        try:
            claims = self._verified(token)
            refuse_audience(claims, EVENTS_AUDIENCE)
            refuse_outside_validity(claims, at=appended_at, tolerance=self._limits.clock_tolerance)
            self._refuse_old_key(claims, appended_at)
            self._refuse_void(claims, appended_at)
        except TokenRefused as refusal:
            raise EventRefused(refusal.code, refusal.detail) from refusal
        return claims

    def _verified(self, token: str) -> AccessTokenClaims:
        """The claims of a token with a valid signature that meets the lasting rules; remembered, or verified now."""
        return self._remembered.find(token) or self._verify(token)

    def _verify(self, token: str) -> AccessTokenClaims:
        parsed = parse_token(token, max_bytes=self._limits.max_token_bytes)
        key = key_for(parsed.header, self._keys)
        if not key.verifies(parsed.signing_input, parsed.signature):
            raise TokenRefused(RefusalCode.SIGNATURE_INVALID)
        payload = read_object(decode_segment(parsed.payload_segment))
        claims = read_claims(payload, key_id=key.kid, issuer=self._issuer)
        self._remembered.remember(token, claims, key)
        return claims

    def _refuse_outside_validity(self, token: str, claims: AccessTokenClaims, *, at: float) -> None:
        if at >= claims.expires_at:
            self._remembered.forget(token)
        refuse_outside_validity(claims, at=at, tolerance=self._limits.clock_tolerance)

    def _refuse_old_key(self, claims: AccessTokenClaims, appended_at: float | None = None) -> None:
        standing = self._keys.standing(claims.key_id)
        if standing is not None:
            code = standing.refusal(issued_at=claims.issued_at, appended_at=appended_at)
            if code is not None:
                raise TokenRefused(code)

    def _refuse_void(self, claims: AccessTokenClaims, appended_at: float | None = None) -> None:
        subject = self._fence.rules.void_subject(claims, appended_at)
        if subject is not None:
            raise TokenRefused(RefusalCode.TOKEN_VOID, subject)

    def _refuse_before_fence(self, claims: AccessTokenClaims) -> None:
        """Refuses a token that may be void by a record from before this process's fence begins.

        For requests only: a caller can get another token and ask again; an event can't be written again.
        """
        if not self._fence.vouches_for(claims.fence_position, issued_at=claims.issued_at):
            raise TokenRefused(RefusalCode.TOKEN_BEFORE_FENCE)

    def _refuse_stale(self) -> None:
        if not self._fence.is_fresh():
            raise StaleGuard
