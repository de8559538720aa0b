//! The parts that pages are made of.

mod copy_button;
mod display_time;
mod icon;
mod navigation_bar;
mod pagination;
mod status_badge;
mod suspend;
mod sync_view;

pub(crate) use copy_button::CopyButton;
pub use display_time::DisplayTime;
pub(crate) use display_time::Time;
pub(crate) use icon::Icon;
pub(crate) use navigation_bar::NavigationBar;
pub use pagination::PageInfo;
pub(crate) use pagination::Pagination;
pub(crate) use status_badge::{StatusBadge, badge};
pub(crate) use suspend::{ErrorNotice, suspend, suspend_in_place};
pub(crate) use sync_view::{SyncChildren, whole};
