//! The parts that pages are made of.

mod copy_button;
mod icon;
mod loaded;
mod moment;
mod navigation_bar;
mod pagination;
mod settled;
mod status_badge;

pub(crate) use copy_button::CopyButton;
pub(crate) use icon::Icon;
pub(crate) use loaded::{RefusalNotice, loaded, loaded_in_place};
pub use moment::Moment;
pub(crate) use moment::Time;
pub(crate) use navigation_bar::NavigationBar;
pub use pagination::PageTurner;
pub(crate) use pagination::Pagination;
pub(crate) use settled::{SettledChildren, whole};
pub(crate) use status_badge::{StatusBadge, badge};
