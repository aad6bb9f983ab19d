"""The register of refusals: one stable code each, for counters, dead letters, logs and error answers."""

from enum import StrEnum


class RefusalCode(StrEnum):
    """Why a token, a request or an event was refused. A code is public and says nothing about the secret parts."""

    # The token's form, before any cryptography.
    TOKEN_MISSING = "token_missing"  # noqa: S105 - a code
    AUTHORIZATION_REPEATED = "authorization_repeated"
    TOKEN_TOO_LARGE = "token_too_large"  # noqa: S105 - a code
    TOKEN_MALFORMED = "token_malformed"  # noqa: S105 - a code
    SIGNATURE_MISSING = "signature_missing"
    BASE64_NOT_CANONICAL = "base64_not_canonical"
    NOT_UTF8 = "not_utf8"
    JSON_MALFORMED = "json_malformed"
    JSON_TOO_NESTED = "json_too_nested"
    DUPLICATE_JSON_KEY = "duplicate_json_key"

    # The header, and the key it names.
    CRIT_PRESENT = "crit_present"
    B64_PRESENT = "b64_present"
    TYP_WRONG = "typ_wrong"
    ALG_NOT_ALLOWED = "alg_not_allowed"
    ALG_NOT_OF_KEY = "alg_not_of_key"
    KID_MISSING = "kid_missing"
    KID_UNKNOWN = "kid_unknown"
    KEY_RETIRED = "key_retired"
    KEY_WITHDRAWN = "key_withdrawn"
    SIGNATURE_INVALID = "signature_invalid"

    # The claims.
    CLAIM_MISSING = "claim_missing"
    CLAIM_MISTYPED = "claim_mistyped"
    ISS_WRONG = "iss_wrong"
    AUD_WRONG = "aud_wrong"
    TIME_OUT_OF_BOUNDS = "time_out_of_bounds"
    LIFETIME_NOT_POSITIVE = "lifetime_not_positive"
    LIFETIME_TOO_LONG = "lifetime_too_long"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    ISSUED_IN_FUTURE = "issued_in_future"

    # What the fence says.
    TOKEN_VOID = "token_void"  # noqa: S105 - a code
    TOKEN_BEFORE_FENCE = "token_before_fence"  # noqa: S105 - a code
    GUARD_STALE = "guard_stale"

    # The access decision.
    SCOPE_MISSING = "scope_missing"
    PRINCIPAL_NOT_ALLOWED = "principal_not_allowed"
    COMPANY_MISMATCH = "company_mismatch"
    USER_MISMATCH = "user_mismatch"
    PERMISSION_MISSING = "permission_missing"

    # Events.
    EVENT_TOMBSTONE = "event_tombstone"
    EVENT_TOPIC_UNKNOWN = "event_topic_unknown"
    EVENT_APPEND_TIME_MISSING = "event_append_time_missing"
    EVENT_TOKEN_MISSING = "event_token_missing"  # noqa: S105 - a code
    EVENT_TOKEN_NULL = "event_token_null"  # noqa: S105 - a code
    EVENT_TOKEN_NOT_UTF8 = "event_token_not_utf8"  # noqa: S105 - a code
    EVENT_TOKEN_REPEATED = "event_token_repeated"  # noqa: S105 - a code
    TOKEN_UNBOUND = "token_unbound"  # noqa: S105 - a code
    EVENT_PROOF_MISSING = "event_proof_missing"
    EVENT_PROOF_REPEATED = "event_proof_repeated"
    EVENT_PROOF_NULL = "event_proof_null"
    EVENT_PROOF_MALFORMED = "event_proof_malformed"
    EVENT_PROOF_OTHER_KEY = "event_proof_other_key"
    EVENT_PROOF_OTHER_TOKEN = "event_proof_other_token"  # noqa: S105 - a code
    EVENT_PROOF_SIGNATURE_INVALID = "event_proof_signature_invalid"
    EVENT_PROOF_CONTENT_MISMATCH = "event_proof_content_mismatch"
    EVENT_ENVELOPE_MALFORMED = "event_envelope_malformed"
    EVENT_TYPE_UNKNOWN = "event_type_unknown"
    EVENT_OF_OTHER_TOPIC = "event_of_other_topic"
    EVENT_SCHEMA_UNKNOWN = "event_schema_unknown"
    EVENT_KEY_MISMATCH = "event_key_mismatch"
    EVENT_OUTSIDE_KEY_SPACE = "event_outside_key_space"
    EVENT_DATA_MALFORMED = "event_data_malformed"
    EVENT_SUBJECT_MISMATCH = "event_subject_mismatch"
    EVENT_GIVES_TOO_MUCH = "event_gives_too_much"
