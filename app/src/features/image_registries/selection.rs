//! The registries that are ticked in the list. The selection survives sorting, filtering and paging.

use leptos::prelude::*;

/// The ids of the ticked registries.
#[derive(Clone, Copy)]
pub(crate) struct Selection(RwSignal<Vec<String>>);

/// Keeps a selection for as long as the app runs in the browser.
pub(crate) fn provide_selection() {
    provide_context(Selection(RwSignal::new(Vec::new())));
}

pub(crate) fn selection() -> Selection {
    expect_context()
}

impl Selection {
    /// The number of ticked registries, on all pages.
    pub fn count(self) -> usize {
        self.0.with(Vec::len)
    }

    pub fn ids(self) -> Vec<String> {
        self.0.get()
    }

    /// Ticks or unticks one.
    pub fn set(self, id: String, ticked: bool) {
        self.0.update(|ids| {
            ids.retain(|other| *other != id);
            if ticked {
                ids.push(id);
            }
        });
    }

    /// Unticks these, which have been deleted.
    pub fn forget(self, gone: &[String]) {
        self.0.update(|ids| ids.retain(|id| !gone.contains(id)));
    }

    /// Unticks all.
    pub fn clear(self) {
        self.0.set(Vec::new());
    }
}
