create table workspace (
    id text primary key not null,
    name text not null unique,
    created_at integer not null
) strict;

insert into workspace (id, name, created_at) values ('default', 'default', unixepoch() * 1000);
