-- name: record_event$
-- Records that an event was received; true only the first time.
insert into inbox (client_id, ce_source, ce_id)
values (:client_id, :ce_source, :ce_id)
on conflict do nothing
returning true;

-- name: forget_receipts!
-- Deletes receipts that are older than any copy of an event that can still arrive.
delete from inbox where received_at < clock_timestamp() - :older_than::interval;
