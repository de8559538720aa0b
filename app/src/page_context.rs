//! What a page knows of the request that it was made for.

use crate::server_functions::FormReplay;
use domain::Status;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// Times are told in minutes.
const TIME_STEP: Duration = Duration::from_secs(15);

/// The preference of a theme.
pub(crate) const THEME: &str = "theme";

/// The preference of columns that are not shown in the list.
pub(crate) const HIDDEN_COLUMNS: &str = "hidden_columns";

/// The names of all preferences, which are those of their cookies.
pub const PREFERENCES: [&str; 2] = [THEME, HIDDEN_COLUMNS];

/// Made by the server from the request, and handed to the browser inside the page.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PageContext {
    /// The name of the signed-in person.
    pub user_name: Option<String>,
    /// What this browser's cookies keep, by the names in [`PREFERENCES`].
    pub preferences: Vec<(String, String)>,
    /// What the last form had to say.
    pub message: Option<String>,
    /// The plain form whose page is shown again.
    pub returned: Option<FormReplay>,
    /// Where the icon sprite is served.
    pub icons: String,
    /// Whether there is no administrator yet.
    pub awaits_setup: bool,
    /// Where the script of the events worker is served.
    pub events_worker: String,
    /// The last event that was published before the page was made.
    pub as_of: i64,
    /// The server's time when the page was made, in milliseconds since 1970.
    pub now: i64,
}

impl PageContext {
    /// What this browser keeps under that name, if anything.
    pub(crate) fn preference(&self, name: &str) -> Option<&str> {
        self.preferences.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// What may change while the page lives.
#[derive(Clone, Copy)]
pub(crate) struct PageState {
    /// The message to show, if any.
    pub message: RwSignal<Option<Message>>,
    /// Counts changes to what is stored; resources that depend on it load anew.
    pub revision: RwSignal<u32>,
    /// What events have said of registries, by their ids.
    pub statuses: RwSignal<BTreeMap<String, Status>>,
    /// Whether events come.
    pub stream: RwSignal<PageStream>,
    /// The server's time, in milliseconds since 1970. It moves on in steps.
    pub now: RwSignal<i64>,
}

/// Whether the page follows what happens on the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum PageStream {
    /// Open, as far as the page knows.
    #[default]
    Open,
    /// Closed: the session has ended.
    SignedOut,
}

/// What a form had to say, and the path of the page that says it. It goes when that page is left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    /// A sentence.
    pub text: String,
    /// The page.
    pub at: String,
}

/// Reads the viewer on the server and hands it over to the browser.
pub(crate) fn provide_page_context(path: String) -> PageContext {
    let page_context = SharedValue::new(|| use_context::<PageContext>().unwrap_or_default()).into_inner();
    provide_context(PageState {
        message: RwSignal::new(page_context.message.clone().map(|text| Message { text, at: path })),
        revision: RwSignal::new(0),
        statuses: RwSignal::default(),
        stream: RwSignal::default(),
        now: RwSignal::new(page_context.now),
    });
    provide_context(page_context.clone());
    page_context
}

/// Moves [`PageState::now`] on for as long as the page lives. Browsers' clocks may be wrong: only the time that passes is
/// taken from them.
pub(crate) fn follow_time() {
    let now = page_state().now;
    Effect::new(move || {
        let ahead = now.get_untracked() - browser_time();
        let _ = set_interval(move || now.set(browser_time() + ahead), TIME_STEP);
    });
}

/// Milliseconds since 1970, as the browser has them.
fn browser_time() -> i64 {
    js_sys::Date::now() as i64
}

/// The viewer of this page.
pub(crate) fn page_context() -> PageContext {
    use_context().unwrap_or_default()
}

/// What of the viewer may change.
pub(crate) fn page_state() -> PageState {
    expect_context()
}

/// Forgets the message if it belongs to another page than the one at `path`.
pub(crate) fn leave_message_behind(path: &str) {
    let message = page_state().message;
    if message.with_untracked(|message| message.as_ref().is_some_and(|message| message.at != path)) {
        message.set(None);
    }
}
