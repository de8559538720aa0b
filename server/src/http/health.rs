//! Whether this server can answer: for load balancers and for whoever waits until it is up.

use super::Shared;
use axum::extract::State;
use http::StatusCode;

pub async fn health(State(portolan): State<Shared>) -> (StatusCode, &'static str) {
    let answer: Result<i64, _> = sqlx::query_scalar("select 1").fetch_one(portolan.store.readers()).await;
    match answer {
        Ok(_) => (StatusCode::OK, "ok\n"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n"),
    }
}
