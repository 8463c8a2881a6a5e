//! The practice tenant, called as any client would call it: what it refuses, what it remembers, and how it fails.

#![allow(clippy::unwrap_used, reason = "a test that can't go on stops")]

mod control;
mod exchange;
mod faults;
mod reads;
mod remedies;
mod tokens;
mod writes;

use latchkey::tenant::simulator::Simulator;
use reqwest::{Method, RequestBuilder, Response};
use secrecy::ExposeSecret;
use serde_json::Value;
use url::form_urlencoded::byte_serialize;

/// A simulator, a client, and a token for each service.
pub(crate) struct Bench {
    pub(crate) simulator: Simulator,
    pub(crate) client: reqwest::Client,
    pub(crate) graph: String,
    pub(crate) exchange: String,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) response_headers: reqwest::header::HeaderMap,
}

impl Bench {
    pub(crate) async fn start() -> Self {
        let simulator = Simulator::start(([127, 0, 0, 1], 0).into()).unwrap();
        let client = client();
        let settings = simulator.settings();
        let mut tokens = Vec::new();
        for url in [&settings.graph_url, &settings.exchange_url] {
            let reply = token(&client, &simulator, &[("scope", &format!("{url}.default"))]).await;
            assert_eq!(reply.status, 200, "{:?}", reply.body);
            tokens.push(reply.body["access_token"].as_str().unwrap().to_owned());
        }
        let exchange = tokens.pop().unwrap();
        let graph = tokens.pop().unwrap();
        Self {
            simulator,
            client,
            graph,
            exchange,
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.simulator.address())
    }

    pub(crate) fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.url(path)).bearer_auth(&self.graph)
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        Reply::of(self.ask(Method::GET, path)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Reply {
        Reply::of(self.ask(Method::PATCH, path).json(&body)).await
    }

    pub(crate) async fn post(&self, path: &str) -> Reply {
        Reply::of(self.ask(Method::POST, path)).await
    }

    pub(crate) fn gateway(&self) -> String {
        let settings = self.simulator.settings();
        format!("{}adminapi/beta/{}/InvokeCommand", settings.exchange_url, settings.id)
    }

    pub(crate) fn cmdlet(&self, name: &str, parameters: &Value) -> RequestBuilder {
        let body = serde_json::json!({"CmdletInput": {"CmdletName": name, "Parameters": parameters}});
        let request = self.client.post(self.gateway()).bearer_auth(&self.exchange);
        request
            .header("content-type", "application/json; charset=utf-8")
            .body(body.to_string())
    }

    pub(crate) async fn run(&self, name: &str, parameters: Value) -> Reply {
        Reply::of(self.cmdlet(name, &parameters)).await
    }
}

impl Reply {
    pub(crate) async fn of(request: RequestBuilder) -> Self {
        Self::from(request.send().await.unwrap()).await
    }

    pub(crate) async fn from(response: Response) -> Self {
        let status = response.status().as_u16();
        let response_headers = response.headers().clone();
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Self {
            status,
            body,
            response_headers,
        }
    }

    /// The error's code.
    pub(crate) fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }

    pub(crate) fn message(&self) -> &str {
        self.body["error"]["message"].as_str().unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.response_headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn names(&self, property: &str) -> Vec<String> {
        let items = self.body["value"].as_array().unwrap();
        items
            .iter()
            .map(|item| item[property].as_str().unwrap_or_default().to_owned())
            .collect()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a client that is not the one under construction elsewhere"
)]
pub(crate) fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// Asks for a token with the right values, but for those that are given.
pub(crate) async fn token(client: &reqwest::Client, simulator: &Simulator, instead: &[(&str, &str)]) -> Reply {
    let settings = simulator.settings();
    let form: Vec<(&str, String)> = [
        ("grant_type", "client_credentials".to_owned()),
        ("client_id", settings.credential.client_id.clone().unwrap()),
        (
            "client_secret",
            settings.credential.secret().unwrap().expose_secret().to_owned(),
        ),
        ("scope", format!("{}.default", settings.graph_url)),
    ]
    .into_iter()
    .map(|(name, value)| {
        let other = instead.iter().find(|(other, _)| *other == name);
        (name, other.map_or(value, |(_, other)| (*other).to_owned()))
    })
    .filter(|(_, value)| !value.is_empty())
    .collect();
    let url = format!("{}{}/oauth2/v2.0/token", settings.login_url, settings.id);
    Reply::of(client.post(url).form(&form)).await
}

/// Encodes a value for a path or a query.
pub(crate) fn encoded(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}
