//! The first administrator, made through a one-time link that the server prints.

use super::session;
use crate::app_state::AppState;
use crate::entropy::{self, Entropy};
use crate::error::{Result, refuse};
use crate::store::Store;
use app::{AppError, NewAccount, SessionToken};
use domain::Secret;
use sha2::{Digest, Sha256};
use std::sync::{Mutex, PoisonError};

/// The token of the link, while there is no administrator. It lives in memory only: the next start prints
/// another.
pub struct SetupLink(Mutex<Option<String>>);

impl SetupLink {
    /// A link, if there is no account yet.
    pub async fn new(store: &Store, entropy: &dyn Entropy) -> Result<Self, sqlx::Error> {
        let accounts: i64 = sqlx::query_scalar("select count(*) from account").fetch_one(store.readers()).await?;
        Ok(Self(Mutex::new((accounts == 0).then(|| entropy::token(entropy)))))
    }

    /// The token, while the link leads anywhere.
    pub fn token(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn used_up(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

pub fn check(state: &AppState, token: &Secret) -> Result<(), AppError> {
    let Some(expected) = state.setup_link.token() else {
        return Err(no_such_page());
    };
    // Hashes of both are compared, so that the time it takes says nothing about the token.
    if Sha256::digest(token.expose()) == Sha256::digest(expected) {
        return Ok(());
    }
    Err(AppError::Forbidden(
        "This is not the setup link that the server printed when it last started. Copy it from there.".to_owned(),
    ))
}

fn no_such_page() -> AppError {
    AppError::NotFound("There is no page at this address.".to_owned())
}

pub async fn set_up(state: &AppState, fields: &NewAccount) -> Result<SessionToken> {
    check(state, &fields.token)?;
    refuse(fields.field_errors())?;
    let hash = state.hashing.hash(&fields.new_password).await?;
    let account_id = entropy::id(&*state.entropy);
    let now = state.clock.now();
    let mut transaction = state.store.write().await?;
    // Two may have come this far at once. The writer goes one by one, and the second finds someone there.
    let made = sqlx::query(
        "insert into account (id, name, password_hash, password_changed_at, created_at)
         select ?, ?, ?, ?, ? where not exists (select 1 from account)",
    )
    .bind(&account_id)
    .bind(&fields.user_name)
    .bind(hash)
    .bind(now)
    .bind(now)
    .execute(&mut *transaction)
    .await?;
    if made.rows_affected() == 0 {
        state.setup_link.used_up();
        return Err(no_such_page().into());
    }
    let token = session::begin(state, &mut transaction, &account_id).await?;
    transaction.commit().await?;
    // Not before: if nothing was stored, the link has to work again.
    state.setup_link.used_up();
    Ok(token)
}
