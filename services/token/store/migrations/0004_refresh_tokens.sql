-- migrate:up

-- Partitioned by month of expiry: clean-up drops whole partitions.
create table refresh_token (
    digest bytea not null,
    grant_id text not null,
    generation integer not null,
    client_id text not null,
    grant_type text not null,
    principal text not null,
    company_id text not null,
    user_id text,
    scopes text[] not null,
    app_version bigint not null,
    enablement_version bigint,
    user_version bigint,
    authenticated_at timestamptz not null,
    expires_at timestamptz not null,
    spent_at timestamptz,
    revoked_at timestamptz,
    primary key (digest, expires_at)
) partition by range (expires_at);

create index refresh_token_grant on refresh_token (grant_id);
create index refresh_token_user on refresh_token (user_id, client_id);

create table spent_assertion (
    client_id text not null,
    jti text not null,
    expires_at timestamptz not null,
    primary key (client_id, jti)
);

create index spent_assertion_expires_at on spent_assertion (expires_at);

-- migrate:down

drop table spent_assertion;
drop table refresh_token;
