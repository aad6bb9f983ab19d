-- migrate:up

-- One row per application; a deleted one stays, so that nothing brings it back.
create table apps (
    app_id text primary key,
    company_id text not null,
    company_domain text not null,
    name text not null,
    description text not null,
    active boolean not null,
    apis text[] not null,
    sensitive_data_groups text[] not null,
    scopes text[] not null,
    allowed_grants text[] not null,
    redirect_uris text[] not null,
    environment text not null,
    review_complete boolean not null,
    visibility text not null,
    suspended boolean not null,
    deleted boolean not null,
    token_endpoint_auth_method text,
    -- The secrets' digests and the bounds, as the events carry them: always read and written whole.
    secrets jsonb not null,
    void_below jsonb not null,
    version bigint not null check (version > 0),
    created_at timestamptz not null,
    updated_at timestamptz not null
);

create index apps_of_company on apps (company_id, created_at, app_id) where not deleted;
create index apps_public on apps (created_at, app_id) where visibility = 'public' and not deleted;
create index apps_in_order on apps (created_at, app_id) where not deleted;

-- One company's permission for one application. Version 0: being made in a transaction under way.
create table enablements (
    app_id text not null references apps (app_id),
    company_id text not null,
    enabled boolean not null,
    void_below jsonb not null,
    version bigint not null,
    updated_at timestamptz not null,
    primary key (company_id, app_id)
);

-- Projections of the token service's aggregates; an upsert wins only with a newer version.
create table companies (
    company_id text primary key,
    version bigint not null,
    name text not null,
    domain text not null,
    development_partner boolean not null,
    sandbox boolean not null,
    content_sha256 bytea not null
);

create table users (
    user_id text primary key,
    version bigint not null,
    company_id text not null,
    roles text[] not null,
    active boolean not null,
    content_sha256 bytea not null
);

-- migrate:down
drop table users, companies, enablements, apps;
