//! Logging in.

use super::session;
use crate::backend::Portolan;
use crate::trouble::Outcome;
use app::domain::{Secret, problem};
use app::{Admission, Refusal};

/// One sentence for every way to fail: whether a name exists is not for strangers to know.
const WRONG: &str = "User name or password is wrong.";

pub async fn log_in(portolan: &Portolan, user_name: &str, password: &Secret) -> Outcome<Admission> {
    let account: Option<(String, String)> = sqlx::query_as("select id, password_hash from account where name = ?")
        .bind(user_name)
        .fetch_optional(portolan.store.readers())
        .await?;
    let (account_id, hash) = account.unzip();
    let right = portolan.hashing.verify(password, hash).await?;
    let Some(account_id) = account_id.filter(|_| right) else {
        tracing::info!("a log-in failed");
        return Err(Refusal::Invalid(vec![problem("password", WRONG)]).into());
    };
    let mut transaction = portolan.store.write().await?;
    let admission = session::begin(portolan, &mut transaction, &account_id).await?;
    transaction.commit().await?;
    Ok(admission)
}
