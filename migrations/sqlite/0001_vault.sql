-- Which key the stored secrets are sealed with. `proof` is a known text sealed with that key: at every start it
-- tells the right key from a wrong one before anything is written.
create table vault_key (
    id text primary key not null,
    proof text not null,
    created_at integer not null
) strict;
