alter table image_registry add column ca_certificates text;
alter table image_registry add column skip_verification boolean not null default false;
alter table image_registry add column token_service text;
