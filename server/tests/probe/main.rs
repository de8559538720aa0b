//! Checks against registries of every kind: working, unusual and hostile. And real clients, which pull with what this
//! console gives them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod fake_server;
mod forward_proxy;
mod hostile;
mod image;
mod names;
mod namespace;
mod nginx;
mod nodes;
mod parts;
mod providers;
mod proxies;
mod pull_clients;
mod real;
mod reports;
mod sound;
mod tls;
mod token_services;
