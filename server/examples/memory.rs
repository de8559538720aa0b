//! Responds to every request with one file from memory, on the same server as Portolan: the baseline of the benchmark.

#![expect(clippy::print_stdout, reason = "the address is how the bench finds it")]

use axum::Router;
use axum::body::Bytes;
use axum::response::Html;
use std::error::Error;

#[tokio::main(worker_threads = 4)]
async fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("name a file")?;
    let page = Bytes::from(std::fs::read(path)?);
    let router = Router::new().fallback(move || {
        let page = page.clone();
        async move { Html(page) }
    });
    let listener = server::listen(([127, 0, 0, 1], 0).into())?;
    println!("http://{}", listener.local_addr()?);
    server::serve(listener, router, 1_024, std::future::pending()).await?;
    Ok(())
}
