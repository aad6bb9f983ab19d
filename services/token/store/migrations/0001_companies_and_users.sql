-- migrate:up

create table company (
    company_id text primary key,
    name text not null,
    domain text not null unique,
    development_partner boolean not null,
    sandbox boolean not null,
    is_platform boolean not null,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

-- There is one platform.
create unique index company_platform on company (is_platform) where is_platform;

-- The limit on new sandboxes counts the last minute.
create index company_sandbox_created_at on company (created_at) where sandbox;

create table user_account (
    user_id text primary key,
    company_id text not null references company,
    login text not null,
    login_key text not null unique,
    password_hash text not null,
    roles text[] not null,
    active boolean not null,
    version bigint not null,
    void_below jsonb not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

create index user_account_company on user_account (company_id, user_id);

-- Attempts are counted for names that belong to nobody too: a lock must not tell which logins exist.
create table login_attempt (
    subject_digest bytea primary key,
    failures integer not null,
    last_at timestamptz not null
);

create index login_attempt_last_at on login_attempt (last_at);

-- migrate:down

drop table login_attempt;
drop table user_account;
drop table company;
