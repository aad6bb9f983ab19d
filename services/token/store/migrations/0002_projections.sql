-- migrate:up

create table app_projection (
    app_id text primary key,
    version bigint not null,
    content_sha256 bytea not null,
    state jsonb not null
);

create table enablement_projection (
    app_id text not null,
    company_id text not null,
    version bigint not null,
    content_sha256 bytea not null,
    state jsonb not null,
    primary key (app_id, company_id)
);

-- migrate:down

drop table enablement_projection;
drop table app_projection;
