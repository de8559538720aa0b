alter table image_registry add column report jsonb;
alter table image_registry add column last_connected_at bigint;
alter table image_registry add column failures bigint not null default 0;
alter table image_registry add column next_check_at bigint;

create index image_registry_by_next_check on image_registry (next_check_at) where next_check_at is not null;
create index image_registry_by_phase on image_registry (phase, id);
