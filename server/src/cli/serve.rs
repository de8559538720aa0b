//! `portolan serve`: runs the server.

use super::ServeOptions;
use crate::logs::LogFormat;
use sd_notify::NotifyState;
use server::{
    CheckSettings, CookiePolicy, HttpOptions, Listener, Settings, SystemClock, SystemEntropy, Tls, TrustedProxies,
    listen, metrics_router, router, run_in_background, serve, serve_metrics, start,
};
use std::error::Error;
use std::io::{IsTerminal, stdin};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

#[derive(clap::Args)]
pub struct Serve {
    #[command(flatten)]
    options: ServeOptions,
}

/// How long closing the database may take at shutdown.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

impl Serve {
    pub fn log_format(&self) -> LogFormat {
        self.options.log_format
    }

    pub async fn run(self) -> Result<(), Box<dyn Error>> {
        run(self.options).await
    }
}

async fn run(options: ServeOptions) -> Result<(), Box<dyn Error>> {
    let listener = listen_on(options.listen, "--listen")?;
    let address = listener.local_addr()?;
    let policy = options.address_policy().listening_on(address.port());
    let metrics = options.metrics_listen.map(|address| listen_on(address, "--metrics-listen")).transpose()?;
    let policy = match &metrics {
        Some(metrics) => policy.listening_on(metrics.local_addr()?.port()),
        None => policy,
    };
    let checks = CheckSettings { every_minutes: options.check_every, policy, proxies: options.proxies()? };
    let database = options.database()?;
    let tls = options.certificate_files().map(|files| Tls::new(files, Arc::new(SystemClock))).transpose()?;
    let (public_url, key, sessions) = (options.public_url()?, options.key()?, options.sessions());
    let settings = Settings { data: options.data, database, key, checks, sessions, public_url };
    let state = start(&settings, Arc::new(SystemClock), Arc::new(SystemEntropy)).await?;
    let cookies = if options.plain_http { CookiePolicy::PlainHttp } else { CookiePolicy::Secure };
    if options.plain_http {
        tracing::warn!("plain http: anyone on the network in between can take over a session");
    }
    let scheme = if tls.is_some() { "https" } else { "http" };
    let mut lines = vec![format!("Portolan listens on {scheme}://{address}\n")];
    if let Some(path) = state.setup_path() {
        let console = settings.public_url.as_ref().map_or(format!("{scheme}://{address}"), ToString::to_string);
        lines.push(format!("Set up the first administrator: {console}{path}\n"));
    }
    // The server is of use without these lines.
    if let Err(error) = client::print(&lines.concat()) {
        tracing::warn!(%error, "standard output cannot be written");
    }
    let mut terminate = signal(SignalKind::terminate())?;
    let listeners = state.clone();
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        tell_service_manager(NotifyState::Stopping);
        listeners.end_streams();
    };
    let background = tokio::spawn(run_in_background(state.clone()));
    if let Some(metrics) = metrics {
        tracing::info!("figures for Prometheus are at http://{}/metrics", metrics.local_addr()?);
        tokio::spawn(serve_metrics(metrics, metrics_router(state.clone(), tls.clone())));
    }
    let http = HttpOptions { cookies, trusted_proxies: TrustedProxies::new(options.trusted_proxy), hsts: options.hsts };
    // Without a certificate there is nothing to read again, but `systemctl reload` must not end the server. The end of a
    // terminal still does.
    let hangup = (tls.is_some() || !stdin().is_terminal()).then(|| signal(SignalKind::hangup())).transpose()?;
    let listener = match tls.zip(hangup) {
        Some((tls, hangup)) => {
            let followed = tls.clone();
            tokio::spawn(async move { followed.follow_files(hangup).await });
            Listener::with_tls(listener, tls)
        }
        None => listener.into(),
    };
    tell_service_manager(NotifyState::Ready);
    serve(listener, router(state.clone(), http), raise_file_limit(), stop).await?;
    background.abort();
    let _ = background.await;
    // Nothing is lost if this times out: the next start replays the write-ahead log, and leases run out.
    if tokio::time::timeout(CLOSE_TIMEOUT, state.close()).await.is_err() {
        tracing::warn!("closing the database takes too long");
    }
    Ok(())
}

/// Tells systemd, if it has started this process.
fn tell_service_manager(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "the service manager cannot be told how the server is");
    }
}

fn listen_on(address: SocketAddr, option: &str) -> Result<TcpListener, String> {
    listen(address).map_err(|error| format!("Cannot listen on {address}: {error}. Name another address with {option}."))
}

/// Raises the limit of open files to the hard limit and returns it. Each connection is a file, and the
/// usual soft limit is only 1,024.
fn raise_file_limit() -> u64 {
    rlimit::increase_nofile_limit(u64::MAX).unwrap_or_else(|error| {
        tracing::warn!(%error, "could not raise the limit of open files");
        1_024
    })
}
