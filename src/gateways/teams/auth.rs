//! Who may bring activities. A token comes before the body is read: whoever has none, or one that is not for this bot,
//! costs us no more than a look at a header. What a token says about the activity itself (its channel, its connector)
//! is held against the body afterwards.
//!
//! Two issuers are taken, each with a key set of its own, and neither may sign for the other:
//!
//! - the Bot Framework, for everything that Teams sends. Its keys name the channels that they speak for
//!   (`endorsements`), and its tokens name the connector (`serviceurl`).
//! - Entra, for our own tenant. Microsoft's emulator and single-tenant tools get such a token with the bot's own
//!   credentials. Any application of the tenant can get a token *for* the bot, so the token must also say that it was
//!   given *to* the bot (`azp`, or `appid` in version 1). Whoever holds one has our secret already, and could send
//!   itself every token that we would.
//!
//! Microsoft's emulator has no token unless it is given the bot's secret. Where the settings say that it is on the other
//! side ([`Counterpart::Emulator`], which they allow on loopback and for a practice tenant alone), the door asks instead
//! whether the request was made on this machine and by no web page, and lets answers go to this machine alone.
//!
//! <https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication>

use axum::http::{HeaderMap, StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use time::OffsetDateTime;
use url::Url;

use super::activity::Activity;
use super::references::{ServiceUrl, is_loopback};
use crate::access::tokens::{LEEWAY, Rules, SigningKeys, TokenError, verify};
use crate::settings::{Counterpart, LoopbackHttp, TeamsSettings};
use crate::tenant::{TenantError, transport};

/// What it calls Teams.
const TEAMS: &str = "msteams";
/// What Microsoft's emulator may call itself; taken only where plain http to this machine is.
const EMULATORS: [&str; 2] = ["emulator", "webchat"];
/// The tenant of everybody in the emulator, whatever it calls it: its usual one is no GUID.
pub const EMULATED_TENANT: &str = "emulator";
/// What a proxy adds to what it passes on.
const OF_PROXIES: [&str; 3] = ["forwarded", "x-forwarded-for", "x-forwarded-host"];

/// Why somebody was turned away. The words are for the log; the answer tells only the status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TurnedAway {
    /// There is no token in the header.
    #[error("there is no bearer token")]
    NoToken,
    /// There is one, and it is not good.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// It was made for another application of the tenant.
    #[error("the token was given to another application")]
    OtherApplication,
    /// Its key does not speak for the activity's channel.
    #[error("the token's key is not endorsed for the channel")]
    NotEndorsed,
    /// It names another connector, or the activity's may not be used.
    #[error("the activity's service is not the token's")]
    Service,
    /// The activity is of a tenant that is not served.
    #[error("the activity is of another tenant")]
    Tenant,
    /// The activity is from a channel that is none of Teams.
    #[error("the activity is of another channel")]
    Channel,
    /// It should come from the emulator, and was not made on this machine or was made by a web page.
    #[error("the request was not made by a program on this machine")]
    Elsewhere,
}

impl TurnedAway {
    /// What is answered. An issuer that can't be asked is no fault of whoever brings the token: they may come again.
    pub fn status(self) -> StatusCode {
        match self {
            Self::Token(error) if error.is_transient() => StatusCode::SERVICE_UNAVAILABLE,
            Self::NoToken | Self::Token(_) => StatusCode::UNAUTHORIZED,
            Self::OtherApplication
            | Self::NotEndorsed
            | Self::Service
            | Self::Tenant
            | Self::Channel
            | Self::Elsewhere => StatusCode::FORBIDDEN,
        }
    }
}

/// The rules of the door.
pub struct Door {
    proof: Proof,
    tenants: Vec<String>,
    loopback: LoopbackHttp,
}

/// What whoever knocks has to show.
enum Proof {
    Token(Box<Issuers>),
    /// Nothing, but they must be on this machine.
    Loopback,
}

struct Issuers {
    /// What the Bot Framework calls itself in this cloud.
    name: &'static str,
    bot_framework: Issuer,
    entra: Issuer,
    app: String,
}

struct Issuer {
    rules: Rules,
    keys: SigningKeys,
}

/// What matters in a token beside the usual claims.
#[derive(Debug, Deserialize)]
struct Claims {
    #[serde(alias = "serviceUrl")]
    serviceurl: Option<String>,
    azp: Option<String>,
    appid: Option<String>,
}

/// Somebody with a token that is good. What it allows is told by [`Door::admit`].
#[derive(Debug)]
pub struct Caller {
    vouches: Vouches,
    service: Option<String>,
}

#[derive(Debug)]
enum Vouches {
    /// The Bot Framework, for these channels.
    Channels(Vec<String>),
    /// The bot's own credentials.
    Ourselves,
    /// Nobody but the machine itself.
    Loopback,
}

/// What an activity was found to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    /// The tenant, which is one that is served.
    pub tenant: String,
    /// Where to answer.
    pub service: ServiceUrl,
}

impl Door {
    /// The door of this bot. Nothing is fetched yet.
    pub fn new(settings: &TeamsSettings, loopback: LoopbackHttp) -> Result<Self, TenantError> {
        let proof = match &settings.counterpart {
            Counterpart::Teams(_) => Proof::Token(Box::new(Issuers::new(settings, loopback)?)),
            Counterpart::Emulator => Proof::Loopback,
        };
        Ok(Self {
            proof,
            tenants: settings.allowed_tenants.clone(),
            loopback,
        })
    }

    /// Holds the header against the issuers. Nothing else of the request is needed.
    pub async fn knock(&self, headers: &HeaderMap) -> Result<Caller, TurnedAway> {
        match &self.proof {
            Proof::Token(issuers) => issuers.knock(headers).await,
            Proof::Loopback if is_made_here(headers) => Ok(Caller {
                vouches: Vouches::Loopback,
                service: None,
            }),
            Proof::Loopback => Err(TurnedAway::Elsewhere),
        }
    }

    /// Holds an activity against the token that came with it.
    pub fn admit(&self, caller: &Caller, activity: &Activity) -> Result<Admitted, TurnedAway> {
        let channel = activity.channel();
        let emulator = self.loopback == LoopbackHttp::Allowed && EMULATORS.contains(&channel);
        if channel != TEAMS && !emulator {
            return Err(TurnedAway::Channel);
        }
        if let Vouches::Channels(channels) = &caller.vouches
            && !channels.iter().any(|endorsed| endorsed == channel)
        {
            return Err(TurnedAway::NotEndorsed);
        }
        let named = activity.service_url().ok_or(TurnedAway::Service)?;
        match (&caller.service, &caller.vouches) {
            (Some(vouched), _) if !is_same_service(vouched, named) => return Err(TurnedAway::Service),
            (None, Vouches::Channels(_)) => return Err(TurnedAway::Service),
            (Some(_), _) | (None, Vouches::Ourselves | Vouches::Loopback) => {}
        }
        let service = ServiceUrl::parse(named, self.loopback).ok_or(TurnedAway::Service)?;
        if matches!(caller.vouches, Vouches::Loopback) {
            // Nobody vouches for it, so it must not lead away from this machine.
            return match service.is_on_this_machine() {
                true => Ok(Admitted {
                    tenant: EMULATED_TENANT.to_owned(),
                    service,
                }),
                false => Err(TurnedAway::Service),
            };
        }
        let tenant = activity.tenant().ok_or(TurnedAway::Tenant)?;
        if !self.tenants.contains(&tenant) {
            return Err(TurnedAway::Tenant);
        }
        Ok(Admitted { tenant, service })
    }
}

impl Issuers {
    fn new(settings: &TeamsSettings, loopback: LoopbackHttp) -> Result<Self, TenantError> {
        let http = transport::http_client();
        let (tenant, cloud) = (&settings.app_tenant_id, &settings.cloud);
        let login = settings.login_url.as_str().trim_end_matches('/');
        let of_tenant = format!("{login}/{tenant}/v2.0/.well-known/openid-configuration");
        let of_tenant = Url::parse(&of_tenant).map_err(|_| TenantError::Rejected {
            what: "the settings".to_owned(),
            code: "address".to_owned(),
            message: "teams.login_url can't be used".to_owned(),
        })?;
        let issuer = |issuers: Vec<String>, url: &Url| {
            Ok::<_, TenantError>(Issuer {
                rules: Rules {
                    issuers,
                    audiences: vec![settings.app_id.clone()],
                    leeway: LEEWAY,
                },
                keys: SigningKeys::new(url, http.clone(), loopback)?,
            })
        };
        Ok(Self {
            name: cloud.bots,
            bot_framework: issuer(vec![cloud.bots.to_owned()], &settings.openid_url)?,
            entra: issuer(
                vec![
                    format!("{}/{tenant}/v2.0", cloud.login),
                    format!("{}/{tenant}/", cloud.first_issuer),
                ],
                &of_tenant,
            )?,
            app: settings.app_id.clone(),
        })
    }

    async fn knock(&self, headers: &HeaderMap) -> Result<Caller, TurnedAway> {
        let token = bearer(headers).ok_or(TurnedAway::NoToken)?;
        // What the token says of its issuer chooses the key set, and no more: that key set has to have signed it.
        let issuer = if claimed_issuer(token).as_deref() == Some(self.name) {
            &self.bot_framework
        } else {
            &self.entra
        };
        let now = OffsetDateTime::now_utc();
        if !issuer.may_have_made(token) {
            return Err(TurnedAway::Token(TokenError::Issuer));
        }
        let verified = verify::<Claims>(token, &issuer.rules, &issuer.keys, now).await?;
        let Claims { serviceurl, azp, appid } = verified.claims;
        let vouches = if std::ptr::eq(issuer, &raw const self.bot_framework) {
            Vouches::Channels(verified.endorsements)
        } else if azp
            .or(appid)
            .is_some_and(|given_to| given_to.eq_ignore_ascii_case(&self.app))
        {
            Vouches::Ourselves
        } else {
            return Err(TurnedAway::OtherApplication);
        };
        Ok(Caller {
            vouches,
            service: serviceurl,
        })
    }
}

impl Issuer {
    /// Whether the token says that it is of this issuer; so that an unknown issuer does not have keys fetched.
    fn may_have_made(&self, token: &str) -> bool {
        claimed_issuer(token).is_some_and(|claimed| self.rules.issuers.contains(&claimed))
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// Whether two ways of writing a service's address mean the same. A slash at the end makes no difference, nor does case:
/// Microsoft's own libraries compare them so.
fn is_same_service(vouched: &str, named: &str) -> bool {
    let plain = |url: &str| url.strip_suffix('/').unwrap_or(url).to_ascii_lowercase();
    plain(vouched) == plain(named)
}

/// Whether a program on this machine made the request: by a name that can mean no other machine, not passed on, and not
/// by a web page, whose browser says where it comes from.
fn is_made_here(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.and_then(|host| Url::parse(&format!("http://{host}/")).ok());
    host.is_some_and(|url| is_loopback(&url))
        && !headers.contains_key(header::ORIGIN)
        && !OF_PROXIES.iter().any(|name| headers.contains_key(*name))
}

/// The issuer that a token names, before anything of it is proved.
fn claimed_issuer(token: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Claimed {
        iss: String,
    }
    let claims = token.split('.').nth(1)?;
    let claims = URL_SAFE_NO_PAD.decode(claims).ok()?;
    let claimed: Claimed = serde_json::from_slice(&claims).ok()?;
    Some(claimed.iss)
}
