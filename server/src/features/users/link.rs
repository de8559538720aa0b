//! One-time links that set a password.

use sha2::{Digest, Sha256};

/// How long a link is valid. Milliseconds.
pub const LIFETIME: i64 = 72 * 60 * 60 * 1000;

/// The id under which the link with this token is stored.
pub fn link_id(token: &str) -> String {
    const_hex::encode(Sha256::digest(token))
}
