//! User accounts: login, logout, passwords and the first administrator.

mod account;
mod fields;
mod login;
mod logout;
mod new_password;
#[cfg(feature = "ssr")]
pub mod port;
mod sessions;
mod setup;
mod strength;

pub use fields::{LogInFields, NewAccount, PasswordChange};
pub use sessions::{SessionList, SessionRow};

pub(crate) use account::AccountPage;
pub(crate) use fields::{new_user_name_error, password_error};
pub(crate) use login::LoginPage;
pub(crate) use logout::LogOut;
pub(crate) use new_password::NewPasswordFields;
pub(crate) use setup::SetupPage;
