//! What a page needs to know of the request that asks for it.

use super::assets;
use super::cookies::{Cookies, value};
use crate::backend::Portolan;
use app::{Actor, Column, Returned, Theme, Viewer};
use cookie::Cookie;
use http::HeaderValue;
use http::request::Parts;

/// The name of the cookie that carries a message. Over https only this host can set it.
fn message_cookie(cookies: Cookies) -> &'static str {
    match cookies {
        Cookies::Secure => "__Host-message",
        Cookies::PlainHttp => "message",
    }
}

/// Reads who is looking from a request. `returned` is the plain form that is shown again, if any.
pub fn viewer(portolan: &Portolan, request: &Parts, returned: Option<Returned>) -> Viewer {
    Viewer {
        user_name: request.extensions.get::<Actor>().map(|actor| actor.user_name.clone()),
        theme: Theme::parse(&value(&request.headers, "theme").unwrap_or_default()),
        hidden_columns: value(&request.headers, "hidden_columns")
            .map_or_else(|| Column::HIDDEN_AT_FIRST.to_vec(), |chosen| Column::parse_hidden(&chosen)),
        message: value(&request.headers, message_cookie(portolan.cookies())).filter(|_| returned.is_none()),
        returned,
        icons: assets::paths().icons.clone(),
        awaits_setup: portolan.setup_link.token().is_some(),
        events_worker: assets::paths().events_worker.clone(),
        as_of: portolan.events.last(),
        now: portolan.clock.now(),
    }
}

/// The cookie that carries a message to the next page.
pub fn carry_message(cookies: Cookies, text: &str) -> Option<HeaderValue> {
    let mut cookie = Cookie::new(message_cookie(cookies), text.to_owned());
    cookie.set_path("/");
    cookie.set_http_only(true);
    cookie.set_same_site(cookie::SameSite::Lax);
    cookie.set_max_age(cookie::time::Duration::minutes(1));
    HeaderValue::from_str(&cookie.encoded().to_string()).ok()
}

/// The cookie that forgets it: a message is shown once.
pub fn forget_message(cookies: Cookies) -> HeaderValue {
    HeaderValue::from_static(match cookies {
        Cookies::Secure => "__Host-message=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure",
        Cookies::PlainHttp => "message=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax",
    })
}
