-- Since when somebody waits for a check; none where only rounds want one. What people ask for goes first.
alter table image_registry add column asked_at integer;

create index image_registry_by_asked on image_registry (asked_at) where asked_at is not null;
