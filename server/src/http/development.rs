//! What `cargo xtask watch` needs, in debug builds only.

use super::assets::Asset;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream, StreamExt};
use std::convert::Infallible;
use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;
use std::{env, fs, io};

/// The path of a stream that never ends. `app/src/layout/live_reload.js` reloads the page when it comes back.
pub const LIVE_RELOAD_PATH: &str = "/live-reload";

/// The assets in the folder `PORTOLAN_ASSETS`, read once. `None` without that variable.
pub fn assets() -> Option<&'static [Asset]> {
    static ASSETS: LazyLock<Option<Vec<Asset>>> = LazyLock::new(|| {
        let folder = env::var_os("PORTOLAN_ASSETS")?;
        read(Path::new(&folder)).inspect_err(|error| tracing::error!(?folder, %error, "assets cannot be read")).ok()
    });
    ASSETS.as_deref()
}

fn read(folder: &Path) -> io::Result<Vec<Asset>> {
    let manifest = fs::read_to_string(folder.join("manifest"))?;
    let lines = manifest.lines().filter_map(|line| line.split_once(' '));
    lines
        .map(|(role, name)| {
            let plain = fs::read(folder.join(name))?.into();
            Ok(Asset { role: role.to_owned().into(), name: name.to_owned().into(), plain, brotli: None, gzip: None })
        })
        .collect()
}

/// Tells the page how fast to reconnect, and then nothing.
pub async fn live_reload() -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let retry = Event::default().retry(Duration::from_millis(100)).data("");
    Sse::new(stream::once(async { Ok(retry) }).chain(stream::pending())).keep_alive(KeepAlive::default())
}
