//! The real router on a real SQLite file: every server function as a script and as a plain form, with and without a
//! session.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod accounts;
mod api;
mod api_authorization;
mod audit;
mod authorization;
mod checks;
mod command_authorization;
mod command_line;
mod credentials;
mod databases;
mod disk;
mod events;
mod failover;
mod functions;
mod http2;
mod image_registries;
mod kit;
mod limits;
mod manifests;
mod metrics;
mod origin;
mod pages;
mod panics;
mod pull_config;
mod registry;
mod replicas;
mod request_id;
mod secrets;
mod sessions;
mod start;
mod stored_password;
mod test_connection;
mod test_image;
mod tokens;
mod trust;
mod upgrade;
mod users;
mod workspaces;
