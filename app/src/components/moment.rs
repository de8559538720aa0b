//! Points in time.

use crate::domain::Age;
use crate::viewer::live;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// A point in time as the server sees it: browser and server do not have to agree on a clock or on a locale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// The exact time in UTC, legible by people and by `<time datetime>` alike: `2026-11-23 20:39:48Z`.
    pub exact: String,
    /// How long ago that was.
    pub age: Age,
}

/// A point in time: how long ago, with the exact time as a tooltip.
#[component]
pub(crate) fn Time(moment: Moment) -> impl IntoView {
    let ticks = live().ticks;
    let age = moment.age;
    let words = move || {
        ticks.track();
        age.words()
    };
    view! { <time datetime=moment.exact.clone() title=moment.exact>{words}</time> }
}
