//! Points in time.

use crate::viewer::live;
use domain::ago;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// A point in time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// In UTC, legible by people and by `<time datetime>` alike: `2026-11-23 20:39:48Z`.
    pub exact: String,
    /// Milliseconds since 1970.
    pub at: i64,
}

/// A point in time: how long ago, with the exact time as a tooltip.
#[component]
pub(crate) fn Time(moment: Moment) -> impl IntoView {
    let now = live().now;
    view! { <time datetime=moment.exact.clone() title=moment.exact>{move || ago(moment.at, now.get())}</time> }
}
