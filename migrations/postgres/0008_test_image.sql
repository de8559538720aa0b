alter table image_registry add column test_image text;
