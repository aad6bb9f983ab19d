-- migrate:up

-- Events that are committed and not yet acknowledged by the broker. Rows live for milliseconds, so the table is
-- vacuumed by count rather than by share: else the relay would walk over dead rows to find the oldest living one.
create table outbox (
    id bigint generated always as identity primary key,
    topic text not null,
    key text,
    ce_id uuid not null,
    ce_type text not null,
    ce_source text not null,
    ce_subject text not null,
    ce_time timestamptz not null,
    ce_dataschema text not null,
    data bytea not null,
    traceparent text,
    created_at timestamptz not null default clock_timestamp()
) with (
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 2000,
    autovacuum_vacuum_insert_scale_factor = 0,
    autovacuum_vacuum_insert_threshold = 2000
);

-- Events whose effect is something else than a version-gated upsert, so that it happens once.
create table inbox (
    client_id text not null,
    ce_source text not null,
    ce_id text not null,
    received_at timestamptz not null default clock_timestamp(),
    primary key (client_id, ce_source, ce_id)
);

create index inbox_by_received_at on inbox (received_at);

-- migrate:down

drop table inbox;
drop table outbox;
