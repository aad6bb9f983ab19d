-- name: note_log$
-- Remembers a log; whether this service has known no other.
with noted as (insert into fence_log (log_id) values (:log_id) on conflict do nothing)
select not exists (select from fence_log where log_id <> :log_id);
