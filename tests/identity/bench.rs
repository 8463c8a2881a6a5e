//! A story with a way to prove who one is: the bot, the pages on a server of their own, an issuer, and browsers.

use std::sync::{Arc, Mutex, OnceLock};

use arc_swap::ArcSwap;
use latchkey::access::Access;
use latchkey::access::links::{Links, routes, unlink};
use latchkey::chat::{Block, Command, Person, Span};
use latchkey::settings::{Credential, LinkSettings, LoopbackHttp, RealTenant};
use latchkey::store::links::StoredLink;
use latchkey::tenant::transport::http_client;
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use secrecy::SecretString;
use time::OffsetDateTime;
use url::Url;

use crate::issuer::{Issuer, User};
use crate::login::{CLIENT, SECRET, TENANT};
use crate::support::{Story, ana, links, words};

/// Ana's account, as the practice tenant has it.
pub fn ana_account() -> User {
    User {
        id: "00000000-0000-4000-a000-000000000009".into(),
        address: "ana.admin@contoso.com".into(),
        name: "Ana Admin".into(),
    }
}

/// Where people sign in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Browser,
    DeviceCode,
}

pub struct Bench {
    pub story: Story,
    pub issuer: Issuer,
    pub base: String,
    client: reqwest::Client,
}

/// What a browser was answered.
#[derive(Debug)]
pub struct Page {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
}

impl Page {
    /// The code that it shows.
    pub fn code(&self) -> Option<String> {
        let (_, rest) = self.text.split_once("class=\"code\">")?;
        Some(rest.split_once('<')?.0.to_owned())
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Bench {
    /// Nobody is linked yet.
    pub async fn begin(way: Way) -> Self {
        Self::begin_with(way, "sqlite::memory:").await
    }

    /// With a store of the test's own.
    pub async fn begin_with(way: Way, store: &str) -> Self {
        let secret = Credential::with_secret(CLIENT, SecretString::from(SECRET));
        Self::begin_proving(way, store, secret).await
    }

    /// With an application that proves itself like this.
    pub async fn begin_proving(way: Way, store: &str, credential: Credential) -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let clock = Arc::new(Mutex::new(OffsetDateTime::UNIX_EPOCH));
        let issuer = Issuer::start(Arc::clone(&clock)).await;
        let public_url = (way == Way::Browser).then(|| Url::parse(&base).unwrap());
        let made: OnceLock<Arc<Links>> = OnceLock::new();
        let story = Story::begin_where(store, |access: Access, now| {
            let (told, to) = (Arc::clone(&now), Arc::clone(&clock));
            let tell = Arc::new(move || {
                let moment = *told.lock().unwrap();
                *to.lock().unwrap() = moment;
                moment
            });
            let links = Links::new(
                &tenant(&issuer, credential.clone()),
                &LinkSettings::default(),
                public_url.as_ref(),
                LoopbackHttp::Allowed,
            );
            let links = Arc::new(links.unwrap().unwrap().at(tell));
            access.with_links(Arc::clone(made.get_or_init(|| links)))
        })
        .await;
        for link in story.store.links().await.unwrap() {
            unlink(&story.store, &link.person, story.now(), "before the story")
                .await
                .unwrap();
        }
        let catalogue = Arc::new(ArcSwap::new(Arc::clone(&story.catalogue)));
        let pages = routes(Arc::clone(made.get().unwrap()), story.store.clone(), catalogue);
        tokio::spawn(async move { axum::serve(listener, pages).await });
        Self {
            story,
            issuer,
            base,
            client: http_client(),
        }
    }

    /// Somebody gives a command and reads what it says.
    pub async fn commands(&self, who: &Person, command: Command) -> String {
        let invocation = self.story.invocation(who, command);
        self.story
            .assistant
            .answer_command(invocation, latchkey::assistant::Hearing::First)
            .await
            .unwrap();
        let delivered = self.story.next();
        assert_eq!(delivered.how, crate::support::How::Whispered(who.identity.user.clone()));
        self.story.quiet();
        words(&delivered.reply)
    }

    /// The link that somebody gets for themselves.
    pub async fn link_for(&self, who: &Person) -> Url {
        let invocation = self.story.invocation(who, Command::Link);
        self.story
            .assistant
            .answer_command(invocation, latchkey::assistant::Hearing::First)
            .await
            .unwrap();
        let delivered = self.story.next();
        let urls = links(&delivered.reply);
        let [url] = urls.as_slice() else {
            panic!("no link in {:?}", delivered.reply)
        };
        assert!(
            !delivered
                .reply
                .blocks
                .iter()
                .any(|block| matches!(block, Block::Paragraph(text)
            if text.0.iter().any(|span| matches!(span, Span::Plain(words) if words.contains("?t=")))))
        );
        Url::parse(url).unwrap()
    }

    pub async fn get(&self, url: &Url, cookie: Option<&str>) -> Page {
        let mut request = self.client.get(url.clone());
        if let Some(cookie) = cookie {
            request = request.header(COOKIE, format!("other=1; {cookie}"));
        }
        page(request).await
    }

    /// Presses the button on the first page. Gives where the browser is sent, and its cookie.
    pub async fn proceed(&self, url: &Url) -> Result<(Url, String), Page> {
        let ticket = url.query_pairs().find(|(name, _)| name == "t").unwrap().1.into_owned();
        let to = Url::parse(&format!("{}/link/start", self.base)).unwrap();
        let answered = page(self.client.post(to).form(&[("t", ticket)])).await;
        if answered.status != 303 {
            return Err(answered);
        }
        let cookie = answered.header(SET_COOKIE.as_str());
        for part in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/", "__Host-", "Max-Age=600"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        let cookie = cookie.split(';').next().unwrap().to_owned();
        Ok((Url::parse(answered.header(LOCATION.as_str())).unwrap(), cookie))
    }

    /// Where a browser comes back to with these fields.
    pub fn callback<'a>(&self, fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Url {
        let mut url = Url::parse(&format!("{}/link/callback", self.base)).unwrap();
        url.query_pairs_mut().extend_pairs(fields);
        url
    }

    /// Goes all the way to the page with the code.
    pub async fn signs_in(&self, link: &Url, user: &User) -> Page {
        let (at, cookie) = self.proceed(link).await.unwrap();
        let back = self.issuer.sign_in(&at, user);
        let url = self.callback(back.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        self.get(&url, Some(&cookie)).await
    }

    /// Links somebody, from the command to the code.
    pub async fn links(&self, who: &Person, user: &User) {
        let page = self.signs_in(&self.link_for(who).await, user).await;
        let said = self.commands(who, Command::LinkCode(page.code().unwrap())).await;
        assert!(said.contains(&user.address), "{said}");
    }

    pub async fn stored(&self, who: &Person) -> Option<StoredLink> {
        self.story.store.link(&who.identity).await.unwrap()
    }

    /// Whether somebody may look at an account, and what they are told otherwise.
    pub async fn refusal(&self, who: &Person) -> Option<String> {
        let said = self
            .commands(
                who,
                Command::Status {
                    account: Some("kostas.dimitriou@contoso.com".into()),
                },
            )
            .await;
        (!said.contains("Kostas")).then_some(said)
    }

    pub async fn nobody_is_linked(&self) {
        assert_eq!(self.story.store.links().await.unwrap(), []);
        assert!(self.refusal(&ana()).await.is_some());
    }
}

/// The tenant whose people sign in at this issuer.
pub fn tenant(issuer: &Issuer, credential: Credential) -> RealTenant {
    RealTenant {
        id: TENANT.into(),
        credential,
        login_url: issuer.url(),
        graph_url: issuer.url(),
        exchange_url: issuer.url(),
    }
}

async fn page(request: reqwest::RequestBuilder) -> Page {
    let response = request.send().await.unwrap();
    Page {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        text: response.text().await.unwrap(),
    }
}
