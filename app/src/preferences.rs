//! How a person likes the pages: kept in cookies, so that the first byte is already right.

pub mod columns;
pub mod theme;

pub use columns::Column;
pub use theme::Theme;

/// A year: a preference is kept until it is changed.
#[cfg(feature = "ssr")]
const MAX_AGE_SECONDS: u32 = 365 * 24 * 60 * 60;

/// Answers with a cookie that keeps a preference. The value is one of ours, never free text.
#[cfg(feature = "ssr")]
fn keep(name: &str, value: &str) {
    let cookie = format!("{name}={value}; Path=/; Max-Age={MAX_AGE_SECONDS}; SameSite=Lax; HttpOnly");
    if let (Some(response), Ok(cookie)) =
        (leptos::prelude::use_context::<leptos_axum::ResponseOptions>(), http::HeaderValue::from_str(&cookie))
    {
        response.append_header(http::header::SET_COOKIE, cookie);
    }
}
