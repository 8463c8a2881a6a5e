//! The issuers' keys and the login service.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use serde_json::{Value, json};

use super::{APP, Fake, PASSWORD, TENANT};
use crate::keys;

pub fn routes() -> Router<Fake> {
    Router::new()
        .route("/v1/.well-known/openidconfiguration", get(bot_framework))
        .route("/v1/keys", get(bot_framework_keys))
        .route("/{tenant}/v2.0/.well-known/openid-configuration", get(entra))
        .route("/{tenant}/discovery/v2.0/keys", get(entra_keys))
        .route("/{tenant}/oauth2/v2.0/token", post(token))
}

async fn bot_framework(State(fake): State<Fake>) -> Json<Value> {
    Json(json!({"issuer": fake.cloud().bots, "jwks_uri": format!("{}/v1/keys", fake.base)}))
}

async fn bot_framework_keys(State(fake): State<Fake>) -> Json<Value> {
    let mut key = keys::bot_framework().jwk();
    if let Some(endorsements) = &fake.world().endorsements {
        key["endorsements"] = endorsements.clone();
    }
    Json(json!({"keys": [key]}))
}

async fn entra(State(fake): State<Fake>, Path(tenant): Path<String>) -> Json<Value> {
    Json(json!({
        "issuer": format!("{}/{tenant}/v2.0", fake.cloud().login),
        "jwks_uri": format!("{}/{tenant}/discovery/v2.0/keys", fake.base),
    }))
}

async fn entra_keys() -> Json<Value> {
    Json(json!({"keys": [keys::entra().jwk()]}))
}

async fn token(
    State(fake): State<Fake>,
    Path(tenant): Path<String>,
    Form(form): Form<BTreeMap<String, String>>,
) -> Response {
    let is = |name: &str, value: &str| form.get(name).is_some_and(|found| found == value);
    let right = tenant == TENANT
        && is("grant_type", "client_credentials")
        && is("client_id", APP)
        && is("client_secret", PASSWORD)
        && is("scope", &format!("{}/.default", fake.cloud().bots));
    if !right {
        let body = json!({"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret."});
        return (StatusCode::UNAUTHORIZED, Json(body)).into_response();
    }
    let mut world = fake.world();
    world.tokens += 1;
    let answer = json!({
        "token_type": "Bearer",
        "expires_in": world.token_life,
        "ext_expires_in": world.token_life,
        "access_token": format!("token-{}", world.tokens),
    });
    Json(answer).into_response()
}
