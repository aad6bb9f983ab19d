-- name: note_dead_letters!
-- Notes records that a group could not take. One that was noted before is open again, with the newest reason.
insert into dead_letter as stored (
    group_id, topic, partition, record_offset, appended_at_ms, reason, subject, version
)
select :group_id, topic, partition, record_offset, appended_at_ms, reason, subject, version
from unnest(
    :topics::text[], :partitions::integer[], :offsets::bigint[], :appended_at_ms::bigint[], :reasons::text[],
    :subjects::text[], :versions::bigint[]
) as letter (topic, partition, record_offset, appended_at_ms, reason, subject, version)
order by topic, partition, record_offset
on conflict (group_id, topic, partition, record_offset, appended_at_ms) do update
    set reason = excluded.reason,
        subject = coalesce(excluded.subject, stored.subject),
        version = greatest(excluded.version, stored.version),
        redriven_at = null;

-- name: read_dead_letters
-- The open dead letters of a group, in the order of their append times; of all groups if none is named. Those whose group
-- is not known any more (migration 0005) are any group's.
select coalesce(nullif(group_id, ''), :group_id, '') as group_id, topic, partition, record_offset, appended_at_ms, reason,
    subject, version, noted_at, redriven_at, dismissed_at, dismissed_because
from dead_letter
where (:group_id::text is null or group_id in (:group_id, ''))
    and (:also_ended::boolean or (redriven_at is null and dismissed_at is null))
order by appended_at_ms, topic, partition, record_offset;

-- name: read_left_out
-- The records that a group's rebuilds leave out: those that it never took.
select topic, partition, record_offset, appended_at_ms
from dead_letter
where group_id = :group_id and redriven_at is null;

-- name: close_dead_letter$
-- Notes that the group has taken it after all; not if a newer version than the applied one is known to be missing.
update dead_letter
set redriven_at = clock_timestamp()
where group_id in (:group_id, '')
    and topic = :topic
    and partition = :partition
    and record_offset = :offset
    and appended_at_ms = :appended_at_ms
    and (version is null or version <= :applied::bigint)
returning true;

-- name: dismiss_dead_letter!
-- Notes that nobody will ever take it.
update dead_letter
set dismissed_at = clock_timestamp(), dismissed_because = :because
where group_id in (:group_id, '')
    and topic = :topic
    and partition = :partition
    and record_offset = :offset
    and appended_at_ms = :appended_at_ms;
