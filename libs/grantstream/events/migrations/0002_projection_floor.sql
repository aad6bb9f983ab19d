-- migrate:up

-- States that a projection of this database lacks because their events were dead-lettered. Nearly always empty. Rows of
-- a subject below its version are not used, even after the fence has forgotten the version.
create table projection_floor (
    subject text primary key,
    version bigint not null,
    noted_at timestamptz not null default clock_timestamp()
);

-- migrate:down

drop table projection_floor;
