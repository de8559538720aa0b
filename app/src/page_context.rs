//! What a page knows about its request.

use crate::server_functions::FormReplay;
use domain::Status;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// How often displayed times are updated. They change by the minute.
const TIME_STEP: Duration = Duration::from_secs(15);

/// The preference for the colour theme.
pub(crate) const THEME: &str = "theme";

/// The preference for the hidden columns of the list.
pub(crate) const HIDDEN_COLUMNS: &str = "hidden_columns";

/// The names of all preferences, which are also those of their cookies.
pub const PREFERENCES: [&str; 2] = [THEME, HIDDEN_COLUMNS];

/// Created by the server from the request, and embedded in the page for the browser.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PageContext {
    /// `None` if nobody is signed in.
    pub user_name: Option<String>,
    /// What is offered to the signed-in person. Only the document tells that, to its styles.
    #[serde(skip)]
    pub offers: Vec<Offer>,
    /// The preferences in this browser's cookies, by the names in [`PREFERENCES`].
    pub preferences: Vec<(String, String)>,
    /// The flash message of the last form.
    pub message: Option<String>,
    /// The plain form to show again.
    pub returned: Option<FormReplay>,
    /// The path of the icon sprite.
    pub icons: String,
    /// Whether there is no administrator yet.
    pub awaits_setup: bool,
    /// The path of the events worker's script.
    pub events_worker: String,
    /// The number of the last event before the page was rendered.
    pub as_of: i64,
    /// The server's time when the page was rendered, in milliseconds since 1970.
    pub now: i64,
}

/// What pages only show to those who may do it (`style/utilities.css`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offer {
    /// Creating image registries, in whatever workspace.
    Editing,
    /// Reading credentials, in whatever workspace.
    Credentials,
    /// Administering everything.
    Administration,
}

impl Offer {
    /// The word in the document.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Editing => "editing",
            Self::Credentials => "credentials",
            Self::Administration => "administration",
        }
    }
}

impl PageContext {
    /// The value of a preference, if this browser has one.
    pub(crate) fn preference(&self, name: &str) -> Option<&str> {
        self.preferences.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// State that changes while the page is open.
#[derive(Clone, Copy)]
pub(crate) struct PageState {
    /// The message to show, if any.
    pub message: RwSignal<Option<Message>>,
    /// Counts what makes the data of a page outdated: a form of this tab, or lost events. Resources that depend on it are
    /// fetched again.
    pub revision: RwSignal<u32>,
    /// The statuses received in events, by the registry's id.
    pub statuses: RwSignal<BTreeMap<String, Status>>,
    /// Whether events still arrive.
    pub stream: RwSignal<PageStream>,
    /// The server's time, in milliseconds since 1970. Updated every few seconds.
    pub now: RwSignal<i64>,
}

/// The state of the event stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum PageStream {
    /// Open, as far as the page knows.
    #[default]
    Open,
    /// Closed: the session has ended.
    SignedOut,
}

/// A flash message. It disappears when its page is left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    pub text: String,
    /// The path of the page that shows it.
    pub at: String,
}

/// Provides the context that the server has created, and that the browser finds in the page.
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

/// Updates [`PageState::now`] while the page is open. The browser's clock may be wrong, so only elapsed time is taken
/// from it.
pub(crate) fn follow_time() {
    let now = page_state().now;
    Effect::new(move || {
        let ahead = now.get_untracked() - browser_time();
        let _ = set_interval(move || now.set(browser_time() + ahead), TIME_STEP);
    });
}

/// The browser's clock, in milliseconds since 1970.
fn browser_time() -> i64 {
    js_sys::Date::now() as i64
}

/// The context of this page.
pub(crate) fn page_context() -> PageContext {
    use_context().unwrap_or_default()
}

/// The state of this page.
pub(crate) fn page_state() -> PageState {
    expect_context()
}

/// Removes the message unless it belongs to the page at `path`.
pub(crate) fn clear_stale_message(path: &str) {
    let message = page_state().message;
    if message.with_untracked(|message| message.as_ref().is_some_and(|message| message.at != path)) {
        message.set(None);
    }
}
