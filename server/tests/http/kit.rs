//! The test kit for the router. A test reads like this:
//!
//! ```ignore
//! #[tokio::test]
//! async fn a_workspace_name_can_be_used_only_once() {
//!     let app = App::signed_in().await;
//!     let script = app.post("/ui/workspaces/create", &[("name", "default")], By::Script).await;
//!     assert_eq!(script.invalid_fields(), ["name"]);
//!     let fields = [("name", "default"), ("page", "/workspaces")];
//!     let plain = app.post("/ui/workspaces/create", &fields, By::PlainForm).await;
//!     assert_eq!(plain.status, StatusCode::UNPROCESSABLE_ENTITY);
//! }
//! ```
//!
//! | | |
//! |---|---|
//! | [`App`] | A server on a fresh data folder, without a network. [`App::checking`] also runs checks |
//! | [`App::post`] | Sends a form, as a script and as a plain form: test both |
//! | [`App::create_registry`], [`App::create_workspace`] | Prepare data |
//! | [`App::person`], [`App::give_role`] | Other people, with roles |
//! | [`App::page`], [`App::details`], [`App::list`] | Read it |
//! | [`App::token`], [`Client`] | A client of the API with a token |
//! | [`Answer`] | A response. It decodes JSON to the types that pages use, so a test compares values, not texts |
//! | [`RequestExt`] | Changes a request before [`App::send`]: other headers, another peer |
//! | [`execute`] | Changes the database behind the server's back |
//! | [`stored_bytes`] | Everything that is stored |
//! | [`Forwarder`] | The way to a database server, which a test can move to another one, or block |
//! | [`TestClock`] | Time passes only when a test says so |
//!
//! A test's name is a sentence that stands alone in a log. A new server function needs a row in `functions.rs` and a line
//! in `authorization.matrix`.
//!
//! To extend the kit: what can panic is `#[track_caller]` and panics outside of closures, so that a failure names the
//! line of the test. `async` functions cannot do that: let them return an [`Answer`], and check it in the test.

mod answers;
mod bearer;
mod clock;
mod database;
mod forms;
mod forwarder;
mod people;
mod requests;
mod server;

pub use answers::Answer;
pub use bearer::Client;
pub use clock::{DAY, TestClock, wait_until};
pub use database::{DATABASE_FILE, database, database_address, execute, is_postgres, stored_bytes};
pub use forms::{By, PASSWORD, USER, set_up_form};
pub use forwarder::Forwarder;
pub use people::THEIR_PASSWORD;
pub use requests::RequestExt;
pub use server::{App, http_options};
