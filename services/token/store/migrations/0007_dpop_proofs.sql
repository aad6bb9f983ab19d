-- migrate:up

-- Ids of DPoP proofs that were taken (RFC 9449, section 11.1), each in the context of the key that signed it.
create table spent_dpop_proof (
    thumbprint text not null,
    jti text not null,
    expires_at timestamptz not null,
    primary key (thumbprint, jti)
);

create index spent_dpop_proof_expires_at on spent_dpop_proof (expires_at);

-- migrate:down

drop table spent_dpop_proof;
