-- migrate:up

-- Where the owner's last sweep of each of its state topics ended, and when. `topic_id` is the broker's id: a topic that
-- was created anew under the same name has another one, and is read from its beginning.
create table owner_sweep (
    topic text not null,
    partition integer not null,
    topic_id text not null,
    next_offset bigint not null,
    swept_at timestamptz not null,
    primary key (topic, partition)
);

-- migrate:down

drop table owner_sweep;
