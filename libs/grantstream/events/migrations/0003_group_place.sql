-- migrate:up

-- The progress of each group of this database in each partition that it reads: in the database of its projections, so
-- that both are kept, lost and restored together. The broker's committed offset is only a hint. A few rows that are
-- updated all the time, hence room on their pages and vacuuming by count.
create table group_place (
    group_id text not null,
    topic text not null,
    partition integer not null,
    -- The broker's id of the topic: a topic that was created again under the same name has another one.
    topic_id text not null,
    -- All records below are applied or dead-lettered.
    next_offset bigint not null,
    -- A new random value whenever a member takes the partition over: only that member may raise the place.
    claim uuid not null default gen_random_uuid(),
    -- Since when records are missing that the group never read, and why. Only an operator can accept this; the last
    -- acceptance stays on record.
    lost_at timestamptz,
    lost_why text,
    accepted_at timestamptz,
    accepted_because text,
    primary key (group_id, topic, partition),
    check ((lost_at is null) = (lost_why is null))
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- migrate:down

drop table group_place;
