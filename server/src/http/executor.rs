//! Where Leptos runs the tasks of a page.

use crate::trace;
use any_spawner::{CustomExecutor, Executor, PinnedFuture, PinnedLocalFuture};
use tracing::Instrument;

/// Tokio. Unlike any_spawner's own, a task belongs to the request that it works for.
struct TracingExecutor;

impl CustomExecutor for TracingExecutor {
    fn spawn(&self, future: PinnedFuture<()>) {
        match trace::current() {
            Some(id) => tokio::spawn(trace::within(id, future).in_current_span()),
            None => tokio::spawn(future.in_current_span()),
        };
    }

    fn spawn_local(&self, future: PinnedLocalFuture<()>) {
        tokio::task::spawn_local(future.in_current_span());
    }

    fn poll_local(&self) {}
}

/// Sets the executor, unless there is one, as in tests.
pub fn init() {
    let _ = Executor::init_custom_executor(TracingExecutor);
}
