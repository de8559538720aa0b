//! Points in time.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// A point in time in words, made by the server: browser and server do not have to agree on a clock or on a
/// locale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// The exact time in UTC, legible by people and by `<time datetime>` alike: `2026-11-23 20:39:48Z`.
    pub exact: String,
    /// How long ago that was: `5 minutes ago`.
    pub ago: String,
}

/// A point in time: how long ago, with the exact time as a tooltip.
#[component]
pub(crate) fn Time(moment: Moment) -> impl IntoView {
    view! { <time datetime=moment.exact.clone() title=moment.exact>{moment.ago}</time> }
}
