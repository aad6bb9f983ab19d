-- migrate:up

-- One row per application; a deleted one stays, so that nothing brings it back.
CREATE TABLE apps (
    app_id text PRIMARY KEY,
    company_id text NOT NULL,
    company_domain text NOT NULL,
    name text NOT NULL,
    description text NOT NULL,
    active boolean NOT NULL,
    apis text[] NOT NULL,
    sensitive_data_groups text[] NOT NULL,
    scopes text[] NOT NULL,
    allowed_grants text[] NOT NULL,
    redirect_uris text[] NOT NULL,
    environment text NOT NULL,
    review_complete boolean NOT NULL,
    visibility text NOT NULL,
    suspended boolean NOT NULL,
    deleted boolean NOT NULL,
    token_endpoint_auth_method text,
    -- The secrets' digests and the bounds, as the events carry them: always read and written whole.
    secrets jsonb NOT NULL,
    void_below jsonb NOT NULL,
    version bigint NOT NULL CHECK (version > 0),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE INDEX apps_of_company ON apps (company_id, created_at, app_id) WHERE NOT deleted;
CREATE INDEX apps_public ON apps (created_at, app_id) WHERE visibility = 'public' AND NOT deleted;
CREATE INDEX apps_in_order ON apps (created_at, app_id) WHERE NOT deleted;

-- One company's permission for one application. Version 0: being made in a transaction under way.
CREATE TABLE enablements (
    app_id text NOT NULL REFERENCES apps (app_id),
    company_id text NOT NULL,
    enabled boolean NOT NULL,
    void_below jsonb NOT NULL,
    version bigint NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (company_id, app_id)
);

-- Projections of the token service's aggregates; an upsert wins only with a newer version.
CREATE TABLE companies (
    company_id text PRIMARY KEY,
    version bigint NOT NULL,
    name text NOT NULL,
    domain text NOT NULL,
    development_partner boolean NOT NULL,
    sandbox boolean NOT NULL,
    content_sha256 bytea NOT NULL
);

CREATE TABLE users (
    user_id text PRIMARY KEY,
    version bigint NOT NULL,
    company_id text NOT NULL,
    roles text[] NOT NULL,
    active boolean NOT NULL,
    content_sha256 bytea NOT NULL
);

-- migrate:down
DROP TABLE users, companies, enablements, apps;
