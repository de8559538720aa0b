-- Whom the console trusts on its way to a registry, beyond what it trusts anyway.
-- Authorities of the registry's own (PEM), in the one spelling that CaCertificates prints.
alter table image_registry add column ca_certificates text;
alter table image_registry add column skip_verification integer not null default 0 check (skip_verification in (0, 1));
-- A token service in another domain, confirmed by whoever entered the password: host[:port].
alter table image_registry add column token_service text;
