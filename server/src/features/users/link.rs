//! One-time links that set a password.

use super::super::audit::Entry;
use super::find;
use crate::app_state::AppState;
use crate::auth::authorize;
use crate::display_time::display_time;
use crate::entropy::{self, Entropy};
use crate::error::Result;
use crate::storage::{WriteTransaction, password_links};
use app::users::PasswordLink;
use app::{Actor, AppError, Page};
use domain::{Action, AuditEvent, Resource};
use sha2::{Digest, Sha256};

/// How long a link is valid. Milliseconds.
const LIFETIME: i64 = 72 * 60 * 60 * 1000;

pub async fn create(state: &AppState, actor: &Actor, id: &str) -> Result<PasswordLink> {
    let permit = authorize(actor, Action::ManageUsers, Resource::Everything)?;
    let mut transaction = state.storage.write().await?;
    transaction.lock_accounts().await?;
    let user = find(&mut transaction, id).await?;
    if user.disabled_at.is_some() {
        return Err(AppError::InUse(format!("{} is disabled. Enable the user first.", user.name)).into());
    }
    Entry::permitted(&permit, AuditEvent::CreateLink).about(id, &user.name).record(state, &mut transaction).await?;
    let link = new_link(&mut transaction, &*state.entropy, state.clock.now(), id, &user.name).await?;
    transaction.commit().await?;
    Ok(link)
}

pub async fn withdraw(state: &AppState, actor: &Actor, id: &str) -> Result<()> {
    let permit = authorize(actor, Action::ManageUsers, Resource::Everything)?;
    let mut transaction = state.storage.write().await?;
    let user = find(&mut transaction, id).await?;
    Entry::permitted(&permit, AuditEvent::WithdrawLink).about(id, &user.name).record(state, &mut transaction).await?;
    password_links::withdraw(&mut transaction, id).await?;
    Ok(transaction.commit().await?)
}

/// A link in place of the one that the account has.
pub async fn new_link(
    transaction: &mut WriteTransaction,
    entropy: &dyn Entropy,
    now: i64,
    account_id: &str,
    user_name: &str,
) -> Result<PasswordLink> {
    let token = entropy::token(entropy);
    password_links::replace(transaction, &link_id(&token), account_id, now, now + LIFETIME).await?;
    Ok(PasswordLink {
        user_name: user_name.to_owned(),
        address: Page::SetPassword.with_query("token", &token),
        expires: display_time(now + LIFETIME),
    })
}

/// The id under which the link with this token is stored.
pub fn link_id(token: &str) -> String {
    const_hex::encode(Sha256::digest(token))
}
