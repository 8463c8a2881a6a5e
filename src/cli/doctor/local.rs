//! What the doctor looks at on this machine: the store, and the address that others reach it by.

use std::time::Duration;

use crate::examination::Examined;
use crate::settings::Settings;
use crate::store::audit::Verdict;
use crate::store::{Store, StoreError};
use crate::tenant::transport::http_client;

const STORE: &str = "store";
const ADDRESS: &str = "address";

/// Long enough for a proxy that wakes up.
const PATIENCE: Duration = Duration::from_secs(10);

/// The store: that it can be opened, and that its audit trail is whole. It is not created.
pub async fn store(url: &str) -> Vec<Examined> {
    let store = match Store::open_existing(url).await {
        Ok(store) => store,
        Err(StoreError::Missing(_)) => {
            return vec![Examined::ok(STORE, "store", "not there yet; `latchkey serve` makes it")];
        }
        Err(error) => {
            let mend = "Look at [store] url: the folder must exist and Latchkey must be able to write there";
            return vec![Examined::missing(STORE, "store", error.to_string(), mend).unlocking("everything")];
        }
    };
    let trail = match store.verify().await {
        Ok(Verdict::Whole { records, .. }) => Examined::ok(STORE, "audit trail", format!("whole, {records} records")),
        Ok(_) => Examined::missing(
            STORE,
            "audit trail",
            "the chain is broken",
            "latchkey audit verify tells where; keep the file as evidence and go on with a backup",
        ),
        Err(error) => Examined::cant_tell(STORE, "audit trail", error.to_string(), "latchkey audit verify"),
    };
    vec![Examined::ok(STORE, "store", ""), trail]
}

/// The public address, where one is set: that it leads to a Latchkey.
pub async fn public_address(settings: &Settings) -> Option<Examined> {
    let public = settings.http.public_url.as_ref()?;
    let mend = "Start `latchkey serve`, and let the proxy in front of it pass https on to [http] listen";
    let Ok(health) = public.join("health") else {
        return None;
    };
    let answer = http_client().get(health).timeout(PATIENCE).send().await;
    let found = match answer {
        Ok(answer) => match answer.json::<serde_json::Value>().await {
            Ok(body) if body["version"].is_string() => Examined::ok(ADDRESS, "public_url", "a Latchkey answers there"),
            _ => Examined::missing(ADDRESS, "public_url", "something else answers there", mend),
        },
        Err(_) => Examined::cant_tell(ADDRESS, "public_url", "nothing answers there now", mend),
    };
    Some(found.unlocking("platforms that call by https, linking an identity"))
}
