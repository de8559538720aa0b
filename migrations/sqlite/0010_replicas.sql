-- Several servers can share a PostgreSQL database. SQLite has one, which takes no leases.

-- The server that is checking a registry, and until when, by the clock of the database. After that, another one may.
alter table image_registry add column leased_by text;
alter table image_registry add column leased_until integer;

-- The number of the last event. Begins with the time, so that it is larger than the numbers of earlier versions.
create table event_counter (
    id integer primary key not null check (id = 1),
    number integer not null
) strict;

insert into event_counter (id, number) values (1, unixepoch() * 1000);

-- The token of the link that creates the first administrator, sealed. Gone once there is one.
create table setup_link (
    id integer primary key not null check (id = 1),
    token_sealed text not null
) strict;
