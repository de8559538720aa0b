//! The trust policy of a registry, as pages show it.

use super::{Authority, TrustView};
use leptos::prelude::*;

/// Each CA certificate with its subject, expiry date and fingerprint.
#[component]
pub(super) fn AuthorityList(authorities: Vec<Authority>) -> impl IntoView {
    let items = authorities.into_iter().map(|authority| {
        let word = if authority.expired { "expired " } else { "expires " };
        view! {
            <li>
                <strong>{authority.subject}</strong>
                <span class=authority.expired.then_some("danger")>{word}{authority.expires}</span>
                <code class="fingerprint">"SHA-256 "{authority.fingerprint}</code>
            </li>
        }
    });
    let items = items.collect_view();
    (!items.is_empty()).then(|| view! { <ul class="authorities" aria-label="Stored CA certificates">{items}</ul> })
}

/// The panel on the details page, or `None` if only the system's defaults are trusted.
pub(super) fn trust_panel(trust: TrustView) -> Option<impl IntoView> {
    let TrustView { authorities, skip_verification, token_service, .. } = trust;
    let nothing = authorities.is_empty() && !skip_verification && token_service.is_empty();
    (!nothing).then(|| {
        let own = !authorities.is_empty();
        view! {
            <section class="panel" aria-labelledby="trust-title">
                <h2 id="trust-title">"Trust"</h2>
                <dl>
                    {own.then(|| view! { <dt>"CA certificate"</dt><dd><AuthorityList authorities/></dd> })}
                    {skip_verification.then(|| view! { <dt>"Certificate"</dt><dd>"Not verified"</dd> })}
                    {(!token_service.is_empty()).then(|| view! { <dt>"Token service"</dt><dd>{token_service}</dd> })}
                </dl>
                {(own || skip_verification).then(|| view! {
                    <p class="hint">"The nodes of your clusters must trust this registry, too: this console cannot see whether they do."</p>
                })}
            </section>
        }
    })
}
