//! Components that know no feature.

mod breadcrumbs;
mod copy_button;
mod display_time;
mod form;
mod icon;
mod page_heading;
mod pagination;
mod suspend;

pub use display_time::DisplayTime;
pub use pagination::PageInfo;

pub(crate) use breadcrumbs::breadcrumbs;
pub(crate) use copy_button::CopyButton;
pub(crate) use display_time::Time;
pub(crate) use form::{
    Checkbox, Disclosure, ErrorSummary, Field, FieldKind, FormState, MutationForm, SelectField, Submission,
    SubmitButton, TEST_SUFFIX, apply_response, provide_history_guard,
};
pub(crate) use icon::Icon;
pub(crate) use page_heading::PageHeading;
pub(crate) use pagination::Pagination;
pub(crate) use suspend::{ErrorNotice, suspend, suspend_in_place, suspend_part};
