-- name: note_log$
-- Stores a log. Returns whether it is the only one that this service ever read.
with noted as (insert into fence_log (log_id) values (:log_id) on conflict do nothing)
select not exists (select from fence_log where log_id <> :log_id);
