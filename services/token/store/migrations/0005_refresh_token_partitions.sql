-- migrate:up

-- Makes the monthly partitions from this month to that of `until`. May run anywhere at any time, also twice at once.
create function ensure_refresh_token_partitions(until timestamptz) returns void
language plpgsql as $$
declare
    month timestamp := date_trunc('month', now() at time zone 'UTC');
begin
    perform pg_advisory_xact_lock(hashtext('refresh_token partitions'));
    while month <= until at time zone 'UTC' loop
        execute format(
            'create table if not exists %I partition of refresh_token for values from (%L) to (%L)',
            'refresh_token_' || to_char(month, 'YYYY_MM'),
            month at time zone 'UTC',
            (month + interval '1 month') at time zone 'UTC'
        );
        month := month + interval '1 month';
    end loop;
end
$$;

-- Drops the partitions in which everything has expired. Returns how many.
create function drop_expired_refresh_token_partitions() returns integer
language plpgsql as $$
declare
    partition_name text;
    dropped integer := 0;
begin
    perform pg_advisory_xact_lock(hashtext('refresh_token partitions'));
    for partition_name in
        select child.relname
        from pg_inherits
        join pg_class child on child.oid = inhrelid
        where inhparent = 'refresh_token'::regclass
          and child.relname < 'refresh_token_' || to_char(now() at time zone 'UTC', 'YYYY_MM')
    loop
        execute format('drop table %I', partition_name);
        dropped := dropped + 1;
    end loop;
    return dropped;
end
$$;

select ensure_refresh_token_partitions(now() + interval '9 months');

-- migrate:down

drop function drop_expired_refresh_token_partitions();
drop function ensure_refresh_token_partitions(timestamptz);
