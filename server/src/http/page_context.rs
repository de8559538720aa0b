//! What a page needs to know about its request.

use super::assets;
use super::cookies::value;
use super::state::HttpState;
use crate::features::awaits_setup;
use app::{Actor, FormReplay, Offer, PREFERENCES, PageContext};
use domain::{Action, Resource};
use http::request::Parts;

/// Builds the context of a page. `returned` is the plain form to show again, if any.
pub async fn page_context(
    HttpState { app, cookies }: &HttpState,
    request: &Parts,
    returned: Option<FormReplay>,
) -> PageContext {
    let actor = request.extensions.get::<Actor>();
    let may = |action, resource| actor.is_some_and(|actor| actor.rights.allow(action, resource));
    let offers = [
        (Offer::Editing, may(Action::CreateRegistry, Resource::AnyWorkspace)),
        (Offer::Credentials, may(Action::ReadCredentials, Resource::AnyWorkspace)),
        (Offer::Administration, may(Action::ManageUsers, Resource::Everything)),
    ];
    let offers = offers.into_iter().filter_map(|(offer, may)| may.then_some(offer)).collect();
    PageContext {
        user_name: actor.map(|actor| actor.user_name.clone()),
        offers,
        preferences: PREFERENCES
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), value(&request.headers, name)?)))
            .collect(),
        message: cookies.read_flash(&request.headers).filter(|_| returned.is_none()),
        returned,
        icons: assets::paths().icons.clone(),
        awaits_setup: awaits_setup(app).await.unwrap_or_default(),
        events_worker: assets::paths().events_worker.clone(),
        as_of: app.events.last(),
        now: app.clock.now(),
    }
}
