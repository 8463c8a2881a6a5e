//! Microsoft's clouds: where each has its services, and what the tokens of each call themselves. A setting of an address
//! wins over what stands here.
//!
//! - <https://learn.microsoft.com/graph/deployments>
//! - <https://learn.microsoft.com/azure/bot-service/how-to-deploy-gov-cloud-high>
//! - <https://learn.microsoft.com/azure/bot-service/how-to-deploy-china-cloud>

use super::reader::Section;
use super::shape;

/// One of Microsoft's clouds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cloud {
    /// What it is called in the settings.
    pub name: &'static str,
    /// Where tokens come from; what Entra's tokens of version 2 begin their `iss` with.
    pub login: &'static str,
    /// What Entra's tokens of version 1 begin their `iss` with.
    pub first_issuer: &'static str,
    /// Where Graph is.
    pub graph: &'static str,
    /// Where the Exchange gateway is.
    pub exchange: &'static str,
    /// What the Bot Framework calls itself in the tokens that come with activities, and what tokens for it are for.
    pub bots: &'static str,
    /// Where the Bot Framework publishes its keys.
    pub bots_openid: &'static str,
}

impl Cloud {
    /// The one that is meant where none is named.
    pub const GLOBAL: Self = Self {
        name: "global",
        login: "https://login.microsoftonline.com",
        first_issuer: "https://sts.windows.net",
        graph: "https://graph.microsoft.com",
        exchange: "https://outlook.office365.com",
        bots: "https://api.botframework.com",
        bots_openid: "https://login.botframework.com/v1/.well-known/openidconfiguration",
    };

    /// Every cloud, in the order in which they are documented.
    pub const ALL: [Self; 4] = [
        Self::GLOBAL,
        Self {
            name: "gcc-high",
            login: "https://login.microsoftonline.us",
            first_issuer: "https://sts.windows.net",
            graph: "https://graph.microsoft.us",
            exchange: "https://outlook.office365.us",
            bots: "https://api.botframework.us",
            bots_openid: "https://login.botframework.azure.us/v1/.well-known/openidconfiguration",
        },
        Self {
            name: "dod",
            login: "https://login.microsoftonline.us",
            first_issuer: "https://sts.windows.net",
            graph: "https://dod-graph.microsoft.us",
            exchange: "https://webmail.apps.mil",
            bots: "https://api.botframework.us",
            bots_openid: "https://login.botframework.azure.us/v1/.well-known/openidconfiguration",
        },
        Self {
            name: "china",
            login: "https://login.partner.microsoftonline.cn",
            first_issuer: "https://sts.chinacloudapi.cn",
            graph: "https://microsoftgraph.chinacloudapi.cn",
            exchange: "https://partner.outlook.cn",
            bots: "https://api.botframework.azure.cn",
            bots_openid: "https://login.botframework.azure.cn/v1/.well-known/openidconfiguration",
        },
    ];

    /// The cloud of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cloud| cloud.name == name)
    }
}

/// Reads which cloud the tenant is in.
pub(super) fn read(section: &mut Section<'_>) -> Option<Cloud> {
    if !section.is_set("cloud") {
        return Some(Cloud::GLOBAL);
    }
    let text = section.text("cloud")?;
    let found = Cloud::named(&text.value);
    if found.is_none() {
        let known = shape::suggestion(&text.value, Cloud::ALL.iter().map(|cloud| cloud.name));
        section.fault(&text.place, format!("`tenant.cloud` names no cloud: {known}"));
    }
    found
}
