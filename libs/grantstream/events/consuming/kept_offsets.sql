-- name: read_offsets
-- The offsets of a group on some topics.
select topic, partition, topic_id, next_offset, claim, lost_at, lost_why
from group_place
where group_id = :group_id and topic = any(:topics::text[]);

-- name: claim_offsets
-- Claims offsets as they are, so that the partitions' previous members can't raise them any more.
update group_place as stored
set claim = gen_random_uuid()
from unnest(:topics::text[], :partitions::integer[], :topic_ids::text[]) as seen (topic, partition, topic_id)
where stored.group_id = :group_id
    and stored.topic = seen.topic
    and stored.partition = seen.partition
    and stored.topic_id = seen.topic_id
returning stored.topic, stored.partition, stored.topic_id, stored.next_offset, stored.claim;

-- name: begin_offsets
-- Writes and claims new offsets. A recorded loss keeps its first time, and gets the newest reason.
insert into group_place as stored (group_id, topic, partition, topic_id, next_offset, lost_at, lost_why)
select :group_id, topic, partition, topic_id, next_offset,
    case when lost_why is not null then clock_timestamp() end, lost_why
from unnest(
    :topics::text[], :partitions::integer[], :topic_ids::text[], :next_offsets::bigint[], :lost_whys::text[]
) as given (topic, partition, topic_id, next_offset, lost_why)
order by topic, partition
on conflict (group_id, topic, partition) do update
    set topic_id = excluded.topic_id,
        next_offset = excluded.next_offset,
        claim = gen_random_uuid(),
        lost_at = coalesce(stored.lost_at, excluded.lost_at),
        lost_why = coalesce(excluded.lost_why, stored.lost_why)
returning topic, partition, topic_id, next_offset, claim;

-- name: raise_offsets
-- Raises offsets; returns the partitions that this member still holds. Does not wait for the disk: after a crash of the
-- server, records whose effects are on disk are only read again.
with unhurried as materialized (select set_config('synchronous_commit', 'off', true))
update group_place as stored
set next_offset = done.next_offset
from unnest(:topics::text[], :partitions::integer[], :claims::uuid[], :next_offsets::bigint[])
    as done (topic, partition, claim, next_offset), unhurried
where stored.group_id = :group_id
    and stored.topic = done.topic
    and stored.partition = done.partition
    and stored.claim = done.claim
returning stored.topic, stored.partition;

-- name: read_losses
-- The partitions of which groups lost records; of all groups if none is named.
select group_id, topic, partition, lost_at, lost_why
from group_place
where lost_at is not null and (:group_id::text is null or group_id = :group_id)
order by group_id, topic, partition;

-- name: accept_losses
-- Accepts losses, unless another loss was recorded since they were read.
update group_place as stored
set lost_at = null, lost_why = null, accepted_at = clock_timestamp(), accepted_because = :because
from unnest(:topics::text[], :partitions::integer[], :lost_whys::text[]) as seen (topic, partition, lost_why)
where stored.group_id = :group_id
    and stored.topic = seen.topic
    and stored.partition = seen.partition
    and stored.lost_why = seen.lost_why
returning stored.topic, stored.partition;
