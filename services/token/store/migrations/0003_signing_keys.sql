-- migrate:up

-- Private keys are kept here so that every process of the service signs with the same ones. Only this service's role
-- may read this database; who can read it can sign (docs/decisions/2026-11-22-signing-keys-in-the-database.md).
create table signing_key (
    kid text primary key,
    alg text not null check (alg in ('ES256', 'RS256')),
    private_pem text not null,
    public_jwk jsonb not null,
    retired boolean not null default false,
    version bigint not null default 1,
    created_at timestamptz not null
);

-- At most one key of each algorithm signs.
create unique index signing_key_active on signing_key (alg) where not retired;

-- migrate:down

drop table signing_key;
