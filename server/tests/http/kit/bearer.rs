//! Clients of the API.

use super::forms::By;
use super::server::App;
use super::{Answer, RequestExt};
use app::tokens::CreatedToken;
use axum::body::Body;
use http::{Method, Request};
use serde_json::Value;

/// A client with a token, and without a cookie.
pub struct Client<'a> {
    app: &'a App,
    pub token: String,
}

impl App {
    /// Makes a token on the page, as whoever is logged in. Returns its secret.
    pub async fn new_token(&self, fields: &[(&str, &str)]) -> String {
        let defaults = [("token_name", "ci"), ("role", "Administrator"), ("days", "90")];
        let defaults = defaults.into_iter().filter(|(name, _)| fields.iter().all(|(given, _)| given != name));
        let fields: Vec<_> = fields.iter().copied().chain(defaults).collect();
        let created = self.post("/ui/tokens/create", &fields, By::Script).await.form_response();
        created.result.unwrap().read::<CreatedToken>().unwrap().secret
    }

    /// A client with such a token.
    pub async fn token(&self, fields: &[(&str, &str)]) -> Client<'_> {
        Client { token: self.new_token(fields).await, app: self }
    }

    /// A client with this token.
    pub fn client(&self, token: &str) -> Client<'_> {
        Client { app: self, token: token.to_owned() }
    }
}

impl Client<'_> {
    /// A request, to be changed before it is sent.
    pub fn request(&self, method: Method, path: &str, body: Option<&Value>) -> Request<Body> {
        let mut request = self.app.request(method, &format!("/api/v1{path}")).without_header("cookie");
        if let Some(body) = body {
            *request.body_mut() = Body::from(body.to_string());
            request = request.with_header("content-type", "application/json");
        }
        match &*self.token {
            "" => request,
            token => request.with_header("authorization", &format!("Bearer {token}")),
        }
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        self.app.send(request).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path, None)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path, Some(body))).await
    }

    /// Changes what `If-Match` says.
    pub async fn patch(&self, path: &str, version: &str, body: &Value) -> Answer {
        self.send(self.request(Method::PATCH, path, Some(body)).with_header("if-match", version)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path, None).with_header("if-match", "*")).await
    }
}
