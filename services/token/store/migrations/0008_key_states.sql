-- migrate:up

-- A key is made (next), signs (current), signs no more (superseded), and is told to be retired once no process signs
-- with it. A withdrawn one was stolen. The private half is forgotten when a key retires or is withdrawn.
alter table signing_key
    add column state text not null default 'current'
        check (state in ('next', 'current', 'superseded', 'retired', 'withdrawn')),
    add column retired_at timestamptz,
    add column withdrawn_at timestamptz,
    add column updated_at timestamptz,
    alter column private_pem drop not null;

update signing_key set updated_at = created_at;
update signing_key set state = 'retired', retired_at = created_at where retired;
alter table signing_key alter column updated_at set not null, alter column state drop default;

drop index signing_key_active;
alter table signing_key drop column retired;

-- At most one key of each algorithm signs, and at most one waits to.
create unique index signing_key_current on signing_key (alg) where state = 'current';
create unique index signing_key_next on signing_key (alg) where state = 'next';

-- migrate:down

drop index signing_key_next;
drop index signing_key_current;
alter table signing_key add column retired boolean not null default false;
update signing_key set retired = true where state <> 'current';
alter table signing_key drop column state, drop column retired_at, drop column withdrawn_at, drop column updated_at;
create unique index signing_key_active on signing_key (alg) where not retired;
