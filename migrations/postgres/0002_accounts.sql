create table account (
    id text collate "C" primary key,
    name text collate "C" not null,
    password_hash text not null,
    password_changed_at bigint not null,
    created_at bigint not null
);

-- One spelling for each: Anna and anna are the same person.
create unique index account_name_key on account (lower(name));

create table session (
    id text collate "C" primary key,
    account_id text collate "C" not null references account (id) on delete cascade,
    created_at bigint not null,
    last_seen_at bigint not null
);

create index session_by_account on session (account_id);
