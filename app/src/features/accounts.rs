//! User accounts: login, logout, passwords and the first administrator.

mod account;
mod fields;
mod login;
mod logout;
#[cfg(feature = "ssr")]
pub mod port;
mod setup;

pub use fields::{LogInFields, NewAccount, PasswordChange};

pub(crate) use account::AccountPage;
pub(crate) use fields::{new_user_name_error, password_error};
pub(crate) use login::LoginPage;
pub(crate) use logout::LogOut;
pub(crate) use setup::SetupPage;
