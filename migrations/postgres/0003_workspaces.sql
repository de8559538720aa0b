create table workspace (
    id text collate "C" primary key,
    name text collate "C" not null unique,
    created_at bigint not null
);

insert into workspace (id, name, created_at) values ('default', 'default', extract(epoch from now())::bigint * 1000);
