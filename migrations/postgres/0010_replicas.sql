alter table image_registry add column leased_by text collate "C";
alter table image_registry add column leased_until bigint;

create table event_counter (
    id bigint primary key check (id = 1),
    number bigint not null
);

insert into event_counter (id, number) values (1, extract(epoch from now())::bigint * 1000);

create table setup_link (
    id bigint primary key check (id = 1),
    token_sealed text not null
);
