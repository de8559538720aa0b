//! The limits of HTTP/2, which only a client of its own can reach.

use axum::Router;
use axum::body::Bytes;
use http::{Request, StatusCode, Uri};
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{CertificateParams, KeyPair};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use server::{CertificateFiles, Listener, SystemClock, Tls, serve};
use std::fs;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;

/// A connection to a server that answers each request with the length of its URI, followed by 100 KB. The task ends with
/// the connection.
async fn connection(window: u32) -> (SendRequest<Empty<Bytes>>, JoinHandle<()>) {
    let folder = tempfile::tempdir().unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    let files = CertificateFiles { certificate: folder.path().join("cert.pem"), key: folder.path().join("key.pem") };
    fs::write(&files.certificate, certificate.pem()).unwrap();
    fs::write(&files.key, key.serialize_pem()).unwrap();
    let tls = Tls::new(files, Arc::new(SystemClock)).unwrap();
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    let router = Router::new().fallback(async |uri: Uri| format!("{} ", uri.to_string().len()) + &"x".repeat(99_994));
    tokio::spawn(serve(Listener::with_tls(socket, tls), router, 1_024, std::future::pending()));

    let mut roots = RootCertStore::empty();
    roots.add(certificate.der().clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap().with_root_certificates(roots);
    let mut config = config.with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let stream = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap();
    let mut builder = Builder::new(TokioExecutor::new());
    builder.initial_stream_window_size(window);
    let (client, connection) = builder.handshake(TokioIo::new(stream)).await.unwrap();
    let running = tokio::spawn(async move {
        let _ = connection.await;
    });
    (client, running)
}

fn request(query: &str) -> Request<Empty<Bytes>> {
    Request::get(format!("https://localhost/?{query}")).body(Empty::new()).unwrap()
}

#[tokio::test]
async fn a_response_over_http2_arrives_whole_and_a_request_head_may_be_as_long_as_over_http1() {
    let (mut client, _connection) = connection(1024 * 1024).await;
    // The page that deletes 500 registries has an address of 20 KB.
    let answer = client.send_request(request(&"x".repeat(40_000))).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    assert!(body.len() == 100_000 && body.starts_with(b"40002 "), "the URI is a path: {body:?}");
    let head = request(&"x".repeat(40_000));
    let (mut parts, body) = head.into_parts();
    parts.headers.insert("x-long", "x".repeat(40_000).parse().unwrap());
    let answer = client.send_request(Request::from_parts(parts, body)).await.unwrap();
    assert_eq!(answer.status(), StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
}

#[tokio::test]
async fn an_http2_client_that_takes_nothing_of_a_response_is_disconnected() {
    let (mut client, connection) = connection(1).await;
    let answer = client.send_request(request("")).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    // The timeout for writing, plus the interval of the check for stalled connections, plus room.
    assert!(tokio::time::timeout(Duration::from_secs(45), connection).await.is_ok());
    drop(answer);
}
