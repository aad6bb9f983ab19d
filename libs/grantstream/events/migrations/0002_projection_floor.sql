-- migrate:up

-- States that a projection of this database should show and doesn't, since their events were set aside. Nearly always
-- empty. Rows of a subject below its version are not used, also after the fence has forgotten it.
create table projection_floor (
    subject text primary key,
    version bigint not null,
    noted_at timestamptz not null default clock_timestamp()
);

-- migrate:down

drop table projection_floor;
