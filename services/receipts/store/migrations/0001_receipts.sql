-- migrate:up

-- Keyed by company first, so that the table can be distributed by it: every query knows the company, by the token.
create table receipt (
    company_id text not null,
    receipt_id uuid not null,
    user_id text not null,
    app_id text not null,
    schema_id text not null,
    version integer not null,
    received_at timestamptz not null,
    modified_at timestamptz not null,
    state_modified_at timestamptz not null,
    -- json, not jsonb: the text comes back as it was kept, with the order of members and the digits of numbers.
    content json not null,
    processing_status text not null,
    processing_log jsonb not null,
    primary key (company_id, receipt_id)
);

-- A user's list, newest first, read from where the last page ended.
create index receipt_of_user on receipt (company_id, user_id, received_at desc, receipt_id desc);

-- What user.registered and user.modified told of users; the token service owns them.
create table known_user (
    user_id text primary key,
    company_id text not null,
    active boolean not null,
    version bigint not null,
    void_below jsonb not null,
    content_sha256 bytea not null
);

-- migrate:down

drop table known_user;
drop table receipt;
