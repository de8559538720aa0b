-- An image below the repository that the check pulls, in the one spelling that TestImage prints; none where nothing is
-- pulled.
alter table image_registry add column test_image text;
