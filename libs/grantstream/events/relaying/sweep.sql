-- name: read_offsets
-- Where the last sweep of some topics ended.
select topic, partition, topic_id, next_offset from owner_sweep where topic = any(:topics::text[]);

-- name: seconds_since$
-- Seconds since some topics were all swept; null if one of them never was. A topic that was created anew may have left
-- rows of partitions that it no longer has.
select case when count(*) = cardinality(:topics::text[])
    then extract(epoch from clock_timestamp() - min(swept_at))::float8
end
from (select max(swept_at) as swept_at from owner_sweep where topic = any(:topics::text[]) group by topic) as swept;

-- name: store_offsets!
-- Stores where a sweep ended.
insert into owner_sweep (topic, partition, topic_id, next_offset, swept_at)
select topic, partition, topic_id, next_offset, clock_timestamp()
from unnest(:topics::text[], :partitions::integer[], :topic_ids::text[], :next_offsets::bigint[])
    as swept (topic, partition, topic_id, next_offset)
on conflict (topic, partition) do update
    set topic_id = excluded.topic_id, next_offset = excluded.next_offset, swept_at = excluded.swept_at;
