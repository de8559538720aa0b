//! Times on pages.

use crate::page_context::page_state;
use domain::ago;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// A point in time, formatted by the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisplayTime {
    /// In UTC, readable by people and valid in `<time datetime>`: `2026-11-23 20:39:48Z`.
    pub exact: String,
    /// Milliseconds since 1970.
    pub at: i64,
}

/// How long ago something was, with the exact time as a tooltip.
#[component]
pub(crate) fn Time(display_time: DisplayTime) -> impl IntoView {
    let now = page_state().now;
    view! { <time datetime=display_time.exact.clone() title=display_time.exact>{move || ago(display_time.at, now.get())}</time> }
}
