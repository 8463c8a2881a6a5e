//! Sign-in with a device code (RFC 8628), where browsers can't reach us. Whoever began writes the command again when they
//! have signed in: nothing runs in the background, and a restart only means to begin again.

use std::sync::PoisonError;

use secrecy::SecretString;
use serde::Deserialize;
use time::{Duration, OffsetDateTime};

use super::oidc::SCOPE;
use super::{Begun, How, LinkError, Links};
use crate::chat::Identity;
use crate::store::Store;

/// RFC 8628 §3.4.
const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// RFC 8628 §3.2: "If no value is provided, clients MUST use 5 as the default."
const INTERVAL: i64 = 5;
/// How many sign-ins with device codes may be under way at once.
const MOST: usize = 1000;

/// A sign-in with a device code under way.
#[derive(Clone)]
pub(super) struct Device {
    code: SecretString,
    shown: String,
    at: String,
    expires: OffsetDateTime,
    interval: Duration,
    /// Not to be asked about before.
    not_before: OffsetDateTime,
}

#[derive(Deserialize)]
struct Started {
    device_code: String,
    user_code: String,
    verification_uri: String,
    expires_in: i64,
    interval: Option<i64>,
}

#[derive(Deserialize)]
struct Answer {
    id_token: String,
}

impl Links {
    pub(super) async fn begin_device(&self, store: &Store, person: &Identity) -> Result<Begun, LinkError> {
        let now = self.now();
        match self.known_device(person, now) {
            None => self.start_device(person).await,
            Some(device) if now < device.not_before => Ok(device.told(now)),
            Some(device) => self.ask_about(store, person, device).await,
        }
    }

    async fn start_device(&self, person: &Identity) -> Result<Begun, LinkError> {
        let metadata = self.metadata().await?;
        let endpoint = metadata
            .device_authorization_endpoint
            .clone()
            .ok_or(LinkError::Issuer("its metadata names no place for device codes"))?;
        let form = [
            ("client_id", SecretString::from(self.client_id.as_str())),
            ("scope", SecretString::from(SCOPE)),
        ];
        let started: Started = self.post(&endpoint, &form).await?;
        let now = self.now();
        let interval = Duration::seconds(started.interval.unwrap_or(INTERVAL).clamp(1, 60));
        let device = Device {
            code: SecretString::from(started.device_code),
            shown: started.user_code,
            at: started.verification_uri,
            expires: now + Duration::seconds(started.expires_in.clamp(0, 3600)),
            interval,
            not_before: now + interval,
        };
        let told = device.told(now);
        self.remember(person, Some(device));
        Ok(told)
    }

    async fn ask_about(&self, store: &Store, person: &Identity, device: Device) -> Result<Begun, LinkError> {
        let metadata = self.metadata().await?;
        let endpoint = metadata
            .token_endpoint
            .clone()
            .ok_or(LinkError::Issuer("its metadata names no place for tokens"))?;
        let form = [
            ("grant_type", SecretString::from(GRANT)),
            ("client_id", SecretString::from(self.client_id.as_str())),
            ("device_code", device.code.clone()),
        ];
        let now = self.now();
        match self.post::<Answer>(&endpoint, &form).await {
            Ok(answer) => {
                self.remember(person, None);
                let claims = self.id_token(&answer.id_token).await?;
                let account = claims.account().ok_or(LinkError::NotForThis("it names no account"))?;
                Ok(Begun::Linked(
                    self.store(store, person, (&account, How::DeviceCode)).await?,
                ))
            }
            Err(LinkError::Refused(error)) if error == "authorization_pending" || error == "slow_down" => {
                // RFC 8628 §3.5: after slow_down the interval grows by five seconds.
                let slower = if error == "slow_down" {
                    Duration::seconds(5)
                } else {
                    Duration::ZERO
                };
                let interval = device.interval + slower;
                let later = Device {
                    interval,
                    not_before: now + interval,
                    ..device
                };
                let told = later.told(now);
                self.remember(person, Some(later));
                Ok(told)
            }
            Err(LinkError::Refused(error)) if error == "expired_token" => {
                self.remember(person, None);
                self.start_device(person).await
            }
            Err(error @ LinkError::Refused(_)) => {
                self.remember(person, None);
                Err(error)
            }
            Err(other) => Err(other),
        }
    }

    fn known_device(&self, person: &Identity, now: OffsetDateTime) -> Option<Device> {
        let mut devices = self.devices.lock().unwrap_or_else(PoisonError::into_inner);
        devices.retain(|_, device| device.expires > now);
        devices.get(person).cloned()
    }

    fn remember(&self, person: &Identity, device: Option<Device>) {
        let mut devices = self.devices.lock().unwrap_or_else(PoisonError::into_inner);
        match device {
            Some(device) if devices.len() < MOST || devices.contains_key(person) => {
                devices.insert(person.clone(), device);
            }
            Some(_) => {}
            None => {
                devices.remove(person);
            }
        }
    }
}

impl Device {
    fn told(&self, now: OffsetDateTime) -> Begun {
        Begun::Device {
            at: self.at.clone(),
            code: self.shown.clone(),
            minutes: (self.expires - now).whole_minutes().max(1),
        }
    }
}
