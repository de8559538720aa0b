//! The page of tokens.

use super::create::CreateForm;
#[cfg(feature = "ssr")]
use super::port::Tokens;
use super::{TokenList, TokenRow};
use crate::features::workspaces::ListWorkspaces;
use crate::leptos_ext::{page_query, refetching_resource, resource};
use crate::page::{Page, percent_encoded};
use crate::server_functions::{AppError, FormResponse, UnknownFields};
#[cfg(feature = "ssr")]
use crate::server_functions::{actor, backend};
use crate::ui::{ErrorSummary, MutationForm, PageHeading, Pagination, Time, suspend};
use leptos::either::Either;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::server_fn::codec::{GetUrl, Json};

/// One page of the tokens that the signed-in person sees.
#[server(prefix = "/ui", endpoint = "tokens/list", input = GetUrl, output = Json)]
pub async fn list_tokens(#[server(default)] page: String) -> Result<TokenList, AppError> {
    backend::<dyn Tokens>()?.list_tokens(&actor()?, page.parse().unwrap_or(1)).await
}

/// Revokes a token.
#[server(prefix = "/ui", endpoint = "tokens/revoke", output = Json)]
pub async fn revoke_token(
    #[server(default)] token: String,
    #[server(flatten)] unknown_fields: UnknownFields,
) -> Result<FormResponse, AppError> {
    unknown_fields.reject()?;
    let name = backend::<dyn Tokens>()?.revoke_token(&actor()?, &token).await?;
    FormResponse::redirect(Page::Tokens).with_flash(format!("Revoked the token {name}.")).send()
}

#[component]
pub(crate) fn TokensPage() -> impl IntoView {
    let address = page_query();
    let page = Memo::new(move |_| address.with(|address| address.get("page").unwrap_or_default()));
    let tokens = refetching_resource::<ListTokens>(move || format!("page={}", percent_encoded(&page.get())));
    // The form is not loaded again with the list: the token that it shows would be lost.
    let workspaces = resource::<ListWorkspaces>(String::new);
    view! {
        <PageHeading title="Tokens"/>
        <p class="lead">"Clusters, pipelines and scripts use tokens in place of a password: in the header "<code>"Authorization: Bearer"</code>" of the "<a href="/api" rel="external">"API"</a>", with the command line, and as credential helpers on nodes."</p>
        {suspend(tokens, list_view)}
        {suspend(workspaces, |workspaces| view! { <CreateForm workspaces/> })}
    }
}

fn list_view(TokenList { rows, page_info }: TokenList) -> impl IntoView {
    let pages = (page_info.pages() > 1).then(
        || view! { <div class="footer"><Pagination page_info href=|page| Page::Tokens.with_query("page", &page.to_string())/></div> },
    );
    if rows.is_empty() {
        Either::Left(view! { <p>"There are no tokens yet."</p> })
    } else {
        Either::Right(view! {
            // One form, so that one summary says why a token could not be revoked.
            <MutationForm action=RevokeToken::PATH page=String::from(Page::Tokens) label="Revoke a token">
                <ErrorSummary/>
                <div class="table-frame" tabindex="0" role="region" aria-label="Tokens, scrollable">
                    <table class="sessions">
                        <caption class="visually-hidden">"Tokens"</caption>
                        <thead>
                            <tr>
                                <th scope="col">"Name"</th>
                                <th scope="col">"Owner"</th>
                                <th scope="col">"Good for"</th>
                                <th scope="col">"Expires"</th>
                                <th scope="col">"Last used"</th>
                                <th scope="col"><span class="visually-hidden">"Actions"</span></th>
                            </tr>
                        </thead>
                        <tbody>{rows.into_iter().map(row).collect_view()}</tbody>
                    </table>
                </div>
                {pages}
            </MutationForm>
        })
    }
}

fn row(token: TokenRow) -> impl IntoView {
    let place = token.workspace.clone().unwrap_or_else(|| "all workspaces".to_owned());
    let owner = token.owner.unwrap_or_else(|| format!("workspace {place}, made by {}", token.created_by));
    let used = match (token.last_used, token.last_used_address) {
        (Some(display_time), Some(address)) => {
            Either::Left(view! { <Time display_time/>" from "<code>{address}</code> })
        }
        _ => Either::Right("Never"),
    };
    let label = format!("Revoke {}", token.name);
    let expires = token.expires.exact;
    let expired = token.expired.then(|| view! { <strong class="danger">"Expired "</strong> });
    view! {
        <tr>
            <th scope="row">{token.name}</th>
            <td data-label="Owner">{owner}</td>
            <td data-label="Good for">{format!("{} in {place}", token.limit)}</td>
            <td data-label="Expires">{expired}<time datetime=expires.clone()>{expires.clone()}</time></td>
            <td data-label="Last used">{used}</td>
            <td><button type="submit" class="button small" name="token" value=token.id aria-label=label>"Revoke"</button></td>
        </tr>
    }
}
