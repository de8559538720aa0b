create table write_probe (
    id bigint primary key check (id = 1),
    writes bigint not null
);
