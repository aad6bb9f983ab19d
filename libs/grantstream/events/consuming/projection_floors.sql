-- name: raise_floor!
-- Stores that rows of a subject below a version must not be used.
insert into projection_floor as stored (subject, version)
values (:subject, :version)
on conflict (subject) do update set version = excluded.version, noted_at = clock_timestamp()
where stored.version < excluded.version;

-- name: drop_floor!
-- Deletes a floor that the projection has reached.
delete from projection_floor where subject = :subject and version <= :version;
