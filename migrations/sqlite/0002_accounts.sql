-- Times are milliseconds since 1970 in UTC, everywhere.
create table account (
    id text primary key not null,
    -- One spelling for each: Anna and anna are the same person.
    name text not null collate nocase unique,
    -- A PHC string (Argon2id).
    password_hash text not null,
    password_changed_at integer not null,
    created_at integer not null
) strict;

create table session (
    -- SHA-256 of the token: whoever reads this table cannot log in with it.
    id text primary key not null,
    account_id text not null references account (id) on delete cascade,
    created_at integer not null,
    last_seen_at integer not null
) strict;

create index session_by_account on session (account_id);
