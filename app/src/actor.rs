//! Who a request speaks for.

/// The signed-in person that a request speaks for. The server puts it into the request's extensions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The account's id.
    pub user_id: String,
    /// The user name.
    pub user_name: String,
    /// The session's id (a hash, never the token).
    pub session_id: String,
}
