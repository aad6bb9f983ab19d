-- migrate:up

-- The issuer that tokens and events of this platform name, for good.
create table issuer (
    only_one boolean primary key default true check (only_one),
    url text not null,
    since timestamptz not null
);

-- migrate:down

drop table issuer;
