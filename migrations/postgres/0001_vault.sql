-- The tables mean the same as SQLite's; the comments are there. Text sorts by its bytes, as in SQLite.
create table vault_key (
    id text collate "C" primary key,
    proof text not null,
    created_at bigint not null
);
