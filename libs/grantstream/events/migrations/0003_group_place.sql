-- migrate:up

-- How far each group of this database has come in each partition that it reads: in the database of its projections, so
-- that both are kept, lost and restored together. The broker's committed offset is a hint only. A few rows that are
-- updated all the time, hence room on their pages and vacuuming by count.
create table group_place (
    group_id text not null,
    topic text not null,
    partition integer not null,
    -- The broker's id of the topic, which a topic that was created anew under the same name does not have.
    topic_id text not null,
    -- Everything below is applied or set aside.
    next_offset bigint not null,
    -- Drawn anew whenever a member takes the partition over: only who has it may raise the place.
    claim uuid not null default gen_random_uuid(),
    -- Since when records are missing that the group never read, and why. Only an operator takes this back, and the last
    -- time somebody did stays on record.
    lost_at timestamptz,
    lost_why text,
    accepted_at timestamptz,
    accepted_because text,
    primary key (group_id, topic, partition),
    check ((lost_at is null) = (lost_why is null))
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- migrate:down

drop table group_place;
