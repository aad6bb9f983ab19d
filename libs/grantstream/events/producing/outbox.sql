-- name: append_events!
-- Writes events in the given order, which their identities follow. To save a round trip, another statement writes here,
-- too: `insert_receipt` in services/receipts/store/queries.sql. A change of columns must change both.
insert into outbox (topic, key, ce_id, ce_type, ce_source, ce_subject, ce_time, ce_dataschema, data, traceparent)
select topic, key, ce_id, ce_type, ce_source, ce_subject, ce_time, ce_dataschema, data, traceparent
from unnest(
    :topics::text[], :keys::text[], :ids::uuid[], :types::text[], :sources::text[], :subjects::text[],
    :times::timestamptz[], :dataschemas::text[], :data::bytea[], :traceparents::text[]
) with ordinality as event (
    topic, key, ce_id, ce_type, ce_source, ce_subject, ce_time, ce_dataschema, data, traceparent, place
)
order by place;

-- name: oldest_events
-- All rows, oldest first, without those of a few subjects. A late commit is seen late, never skipped.
select id, topic, key, ce_id, ce_type, ce_source, ce_subject, ce_time, ce_dataschema, data, traceparent
from outbox
where ce_subject <> all(:except_subjects::text[])
order by id
limit :window_size;

-- name: delete_events!
-- Deletes events that the broker has acknowledged.
delete from outbox where id = any(:ids::bigint[]);

-- name: measure_backlog^
-- How many events wait (counted up to a limit, so that a long backlog costs no more) and since when.
select
    (select count(*) from (select 1 from outbox limit :count_up_to) as counted) as size,
    coalesce(
        extract(epoch from clock_timestamp() - (select created_at from outbox order by id limit 1)), 0
    )::float8 as age_seconds;

-- name: is_relayed$
-- Whether no event of a subject waits.
select not exists (select from outbox where ce_subject = :subject);

-- name: take_lock$
-- Becomes the active relay of this database, if no other is.
select pg_try_advisory_lock(:lock_id);

-- name: nudge!
-- Wakes the active relay after a commit. A hint: the relay also polls.
select pg_notify('outbox', '');

-- name: waits_on_topics$
-- Whether an event of a subject waits for one of these topics.
select exists (select from outbox where topic = any(:topics::text[]) and ce_subject = :subject);

-- name: newest_event$
-- The highest id; 0 if no event waits.
select coalesce(max(id), 0) from outbox;

-- name: count_events^
-- How many events above one id wait, up to another id if one is given, and the lowest id of these.
select count(*) as waiting, coalesce(min(id), 0) as oldest from outbox where id > :first and (:last::bigint is null or id <= :last);
