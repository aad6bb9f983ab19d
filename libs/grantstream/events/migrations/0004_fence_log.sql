-- migrate:up

-- Every log of the fence that processes of this service ever read, by the topic's id: one, until somebody deletes the
-- topic or the brokers lose their data.
create table fence_log (
    log_id text primary key,
    first_read_at timestamptz not null default clock_timestamp()
);

-- migrate:down

drop table fence_log;
