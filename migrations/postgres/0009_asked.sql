alter table image_registry add column asked_at bigint;

create index image_registry_by_asked on image_registry (asked_at) where asked_at is not null;
