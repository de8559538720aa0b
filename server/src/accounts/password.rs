//! Changing a password.

use super::log_in::wait_for_turn;
use super::session;
use crate::backend::Portolan;
use crate::trouble::{Outcome, refuse};
use app::{Actor, Admission, PasswordChange, Refusal};
use domain::problem;

pub async fn change(portolan: &Portolan, actor: &Actor, fields: &PasswordChange) -> Outcome<Admission> {
    refuse(fields.problems(&actor.user_name))?;
    // A stolen session must not be a way to guess the password.
    let priority = wait_for_turn(portolan, actor.address, &actor.user_name).await?;
    let before: Option<String> = sqlx::query_scalar("select password_hash from account where id = ?")
        .bind(&actor.user_id)
        .fetch_optional(portolan.store.readers())
        .await?;
    let wrong = || Refusal::Invalid(vec![problem("current_password", "This is not your current password.")]);
    if !portolan.hashing.verify(&fields.current_password, before.clone(), priority).await? {
        return Err(wrong().into());
    }
    portolan.throttle.forgive(actor.address, &actor.user_name);
    let hash = portolan.hashing.hash(&fields.new_password).await?;
    let mut transaction = portolan.store.write().await?;
    // Unless it was changed while it was verified.
    let changed =
        sqlx::query("update account set password_hash = ?, password_changed_at = ? where id = ? and password_hash = ?")
            .bind(hash)
            .bind(portolan.clock.now())
            .bind(&actor.user_id)
            .bind(before)
            .execute(&mut *transaction)
            .await?;
    if changed.rows_affected() == 0 {
        return Err(wrong().into());
    }
    session::forget_all(&mut transaction, &actor.user_id).await?;
    let admission = session::begin(portolan, &mut transaction, &actor.user_id).await?;
    portolan.events.end_sessions_of(&actor.user_id);
    transaction.commit().await?;
    Ok(admission)
}
