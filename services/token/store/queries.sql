-- name: insert_company(company_id, is_platform, state)!
-- Adds a company.
insert into company (company_id, is_platform, state) values (:company_id, :is_platform, :state);

-- name: update_company(state, company_id)!
-- Stores a company's new state.
update company set state = :state where company_id = :company_id;

-- name: company_by_id(company_id)^
-- One company.
select * from company where company_id = :company_id;

-- name: company_by_id_locked(company_id)^
-- One company, locked until the transaction ends.
select * from company where company_id = :company_id for update;

-- name: company_keys(after, size)
-- A page of the ids of all companies.
select company_id from company where company_id > :after order by company_id limit :size;

-- name: platform_company()^
-- The platform's own company.
select * from company where is_platform;

-- name: lock_sign_up()!
-- Makes sign-ups count one after another.
select pg_advisory_xact_lock(hashtext('sandbox sign-up'));

-- name: count_sign_up_attempts(since)$
-- The number of attempts to open a sandbox since a moment.
select count(*) from sign_up_attempt where attempted_at > :since;

-- name: add_sign_up_attempt(now)!
-- Counts an attempt to open a sandbox.
insert into sign_up_attempt (attempted_at) values (:now);

-- name: delete_old_sign_up_attempts(before)!
-- Clean-up.
delete from sign_up_attempt where attempted_at <= :before;

-- name: lock_set_up()!
-- Makes set-up commands run one after another.
select pg_advisory_xact_lock(hashtext('token set-up'));

-- name: insert_user(user_id, company_id, login_key, password_hash, state)!
-- Adds a user.
insert into user_account (user_id, company_id, login_key, password_hash, state)
values (:user_id, :company_id, :login_key, :password_hash, :state);

-- name: update_user(password_hash, state, user_id)!
-- Stores a user's new state and password.
update user_account set password_hash = :password_hash, state = :state where user_id = :user_id;

-- name: user_by_id(user_id)^
-- One user by id.
select state, password_hash from user_account where user_id = :user_id;

-- name: user_by_id_locked(user_id)^
-- One user by id, locked until the transaction ends.
select state, password_hash from user_account where user_id = :user_id for update;

-- name: user_by_login(login_key)^
-- One user by login.
select state, password_hash from user_account where login_key = :login_key;

-- name: users_of_company(company_id, after, page_size)
-- A page of a company's users, after the last id of the page before.
select state, password_hash from user_account where company_id = :company_id and user_id > :after
order by user_id limit :page_size;

-- name: user_keys(after, size)
-- A page of the ids of all users.
select user_id from user_account where user_id > :after order by user_id limit :size;

-- name: failures_since(subject_digest, since)$
-- The number of failed sign-ins since the last success, if the last failure is recent.
select failures from login_attempt where subject_digest = :subject_digest and last_at > :since;

-- name: count_failure(subject_digest, now, since)!
-- Counts a failed attempt to sign in.
insert into login_attempt as stored (subject_digest, failures, last_at)
values (:subject_digest, 1, :now)
on conflict (subject_digest) do update
set failures = case when stored.last_at <= :since then 1 else stored.failures + 1 end, last_at = excluded.last_at;

-- name: forget_failures(subject_digest)!
-- Deletes the failures after a successful sign-in.
delete from login_attempt where subject_digest = :subject_digest;

-- name: delete_old_failures(before)!
-- Clean-up.
delete from login_attempt where last_at <= :before;

-- name: insert_signing_key(kid, alg, private_pem, public_jwk, state, version, created_at, updated_at)!
-- Adds a key.
insert into signing_key (kid, alg, private_pem, public_jwk, state, version, created_at, updated_at)
values (:kid, :alg, :private_pem, cast(cast(:public_jwk as text) as jsonb), :state, :version, :created_at, :updated_at);

-- name: update_signing_key(private_pem, state, version, retired_at, withdrawn_at, updated_at, kid)!
-- Stores the fields of a key that can change.
update signing_key
set private_pem = :private_pem, state = :state, version = :version, retired_at = :retired_at,
    withdrawn_at = :withdrawn_at, updated_at = :updated_at
where kid = :kid;

-- name: signing_keys()
-- Every key, newest first.
select kid, alg, private_pem, cast(public_jwk as text) as public_jwk, state, version, created_at, updated_at,
       retired_at, withdrawn_at
from signing_key order by created_at desc, kid;

-- name: signing_key_ids(after, size)
-- A page of the ids of all keys.
select kid from signing_key where kid > :after order by kid limit :size;

-- name: lock_signing_keys()!
-- Makes transactions that create or change keys take turns.
select pg_advisory_xact_lock(hashtext('signing keys'));

-- name: insert_refresh_token(digest, grant_id, generation, client_id, grant_type, principal, company_id, user_id, scopes, app_version, enablement_version, user_version, authenticated_at, expires_at)!
-- Adds a token of a family.
insert into refresh_token
    (digest, grant_id, generation, client_id, grant_type, principal, company_id, user_id, scopes, app_version,
     enablement_version, user_version, authenticated_at, expires_at)
values
    (:digest, :grant_id, :generation, :client_id, :grant_type, :principal, :company_id, :user_id, :scopes,
     :app_version, :enablement_version, :user_version, :authenticated_at, :expires_at);

-- name: refresh_token_by_digest(digest)^
-- One token.
select * from refresh_token where digest = :digest;

-- name: lock_family(grant_id)!
-- Makes the uses of one family take turns, so that a revocation cannot miss a successor that is being written.
select pg_advisory_xact_lock(hashtextextended(:grant_id, 7266));

-- name: newest_live_generation(grant_id)$
-- The highest generation among a family's unspent tokens.
select max(generation) from refresh_token where grant_id = :grant_id and spent_at is null and revoked_at is null;

-- name: spend_refresh_token(now, digest)^
-- Spends a token if it is not spent; its siblings, given for a lost answer, go with it.
with spent as (
    update refresh_token set spent_at = :now
    where digest = :digest and spent_at is null and revoked_at is null and expires_at > :now
    returning *
), siblings as (
    update refresh_token other set spent_at = :now
    from spent
    where other.grant_id = spent.grant_id and other.digest <> spent.digest and other.spent_at is null
)
select * from spent;

-- name: revoke_family(now, grant_id)!
-- Ends every token of a family.
update refresh_token set revoked_at = :now where grant_id = :grant_id and revoked_at is null;

-- name: ensure_refresh_token_partitions(until)!
-- Makes the partitions that tokens up to `until` need.
select ensure_refresh_token_partitions(:until);

-- name: drop_expired_refresh_token_partitions()$
-- Clean-up.
select drop_expired_refresh_token_partitions();

-- name: spend_assertion(client_id, jti, expires_at)$
-- Stores a client assertion's id; returns nothing if it was stored before.
insert into spent_assertion (client_id, jti, expires_at) values (:client_id, :jti, :expires_at)
on conflict (client_id, jti) do nothing
returning true;

-- name: spend_dpop_proof(thumbprint, jti, expires_at)$
-- Stores a DPoP proof's id; returns nothing if it was stored before.
insert into spent_dpop_proof (thumbprint, jti, expires_at) values (:thumbprint, :jti, :expires_at)
on conflict (thumbprint, jti) do nothing
returning true;

-- name: delete_expired_spent_ids(now)!
-- Clean-up.
with assertions as (delete from spent_assertion where expires_at <= :now)
delete from spent_dpop_proof where expires_at <= :now;

-- name: bind_issuer(url, since)!
-- Stores the issuer, unless there is one.
insert into issuer (url, since) values (:url, :since) on conflict (only_one) do nothing;

-- name: bound_issuer()$
-- The stored issuer.
select url from issuer;
