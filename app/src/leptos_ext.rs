//! Everything that depends on the framework's internals or replaces a part of it, each with the reason.

mod navigation;
mod page_url;
mod resource;
mod sync_view;

pub(crate) use navigation::{
    current_location, has_navigated, intercept_get_forms, log_in_address, provide_navigation, redirect_to_login,
};
pub(crate) use page_url::{Arrival, arrival, page_path, page_query, provide_page_url};
pub(crate) use resource::{Cause, PageData, call, refetching_resource, resource};
pub(crate) use sync_view::{SyncChildren, patching, replacing};
