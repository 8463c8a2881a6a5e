//! Socket Mode: connections that we open, on which Slack sends envelopes. Each envelope is acknowledged on the
//! connection that brought it. Several connections share the load, and one that Slack is about to close is replaced
//! while it still hears.
//! <https://docs.slack.dev/apis/events-api/using-socket-mode/>

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBuilder};
use futures::stream::SplitSink;
use futures::{SinkExt, StreamExt};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::{self, Bytes, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use tokio_util::task::AbortOnDropHandle;
use url::Url;

use super::api::{Method, is_loopback};
use super::intake::{Kind, Verdict};
use super::{Slack, stopped};
use crate::gateways::{Reception, Stopped};

/// How long opening a connection may take, with Slack's greeting.
const TO_OPEN: Duration = Duration::from_secs(20);
/// How often we ask whether the other side is there.
const ASK_EVERY: Duration = Duration::from_secs(10);
/// A connection on which nothing at all was heard for so long is dead.
const SILENCE: Duration = Duration::from_secs(35);
/// How long acknowledgements that are under way are waited for at the end.
const TO_FINISH: Duration = Duration::from_secs(3);
/// The first wait before a new connection after one that could not be opened; doubled each time.
const FIRST_WAIT: Duration = Duration::from_millis(200);
/// A connection that held so long was a good one: the next wait is the first again.
const HELD: Duration = Duration::from_secs(30);
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// How many acknowledgements may wait to be written.
const ACKNOWLEDGEMENTS: usize = 256;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Keeps so many connections until `reception` closes or none can be opened any more.
pub async fn listen(
    slack: &Arc<Slack>,
    reception: &Reception,
    (app_token, connections): (&SecretString, u8),
) -> Result<(), Stopped> {
    let desk = Desk {
        slack: Arc::clone(slack),
        reception: reception.clone(),
        app_token: app_token.clone(),
        open: Arc::default(),
    };
    let _over = Over(Arc::clone(&desk.open));
    let mut slots = JoinSet::new();
    for _ in 0..connections {
        slots.spawn(keep_open(desk.clone()));
    }
    while let Some(ended) = slots.join_next().await {
        match ended {
            Ok(ended) => ended?,
            Err(broken) => return Err(Stopped::Passing(format!("a connection broke off: {broken}"))),
        }
    }
    Ok(())
}

#[derive(Clone)]
struct Desk {
    slack: Arc<Slack>,
    reception: Reception,
    app_token: SecretString,
    open: Arc<Mutex<Open>>,
}

impl Desk {
    /// One connection is missing, which is trouble where there is no other.
    fn is_troubled(&self, why: String) {
        let open = lock(&self.open);
        if open.count == 0 && !open.over && !self.reception.closing.is_cancelled() {
            self.reception.health.troubled(why);
        }
    }
}

/// How many connections are up.
#[derive(Default)]
struct Open {
    count: usize,
    /// Nobody listens any more: what becomes of the connections is nobody's concern.
    over: bool,
}

/// Set when listening ends, however it does.
struct Over(Arc<Mutex<Open>>);

impl Drop for Over {
    fn drop(&mut self) {
        lock(&self.0).over = true;
    }
}

fn lock(open: &Mutex<Open>) -> MutexGuard<'_, Open> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A connection that Slack has greeted. While there is one, the gateway is up.
struct Greeted(Desk);

impl Greeted {
    fn new(desk: &Desk) -> Self {
        let mut open = lock(&desk.open);
        open.count += 1;
        if !open.over {
            desk.reception.health.up();
        }
        drop(open);
        Self(desk.clone())
    }
}

impl Drop for Greeted {
    fn drop(&mut self) {
        let Desk { open, reception, .. } = &self.0;
        let mut open = lock(open);
        open.count -= 1;
        if open.count == 0 && !open.over && !reception.closing.is_cancelled() {
            reception
                .health
                .troubled("the connection to Slack was lost, and is being opened again");
        }
    }
}

/// How a connection ended.
enum End {
    /// We are closing.
    Closing,
    /// It was lost.
    Lost(String),
    /// There is no use in another one.
    Fatal(String),
}

/// Keeps one connection open.
async fn keep_open(desk: Desk) -> Result<(), Stopped> {
    let closing = desk.reception.closing.clone();
    let mut waits = waits();
    // Those that Slack is about to close, and that hear until it does.
    let mut leaving: Vec<AbortOnDropHandle<End>> = Vec::new();
    while !closing.is_cancelled() {
        leaving.retain(|connection| !connection.is_finished());
        let began = Instant::now();
        let why = match open(&desk).await {
            Ok(socket) => {
                let (leaves, told) = oneshot::channel();
                let mut connection = AbortOnDropHandle::new(tokio::spawn(hear(desk.clone(), socket, leaves)));
                tokio::select! {
                    Ok(()) = told => {
                        leaving.push(connection);
                        // One after the other that is sent away at once, as when there are too many, is no renewal.
                        if began.elapsed() > HELD {
                            waits = self::waits();
                        } else {
                            let wait = waits.next().unwrap_or(LONGEST_WAIT);
                            closing.run_until_cancelled(tokio::time::sleep(wait)).await;
                        }
                        continue;
                    }
                    ended = &mut connection => match ended {
                        Ok(End::Closing) => break,
                        Ok(End::Fatal(why)) => return Err(Stopped::Fatal(why)),
                        Ok(End::Lost(why)) => why,
                        Err(broken) => format!("a connection broke off: {broken}"),
                    },
                }
            }
            Err(Stopped::Fatal(why)) => return Err(Stopped::Fatal(why)),
            Err(Stopped::Passing(why)) => why,
        };
        if began.elapsed() > HELD {
            waits = self::waits();
        }
        let wait = waits.next().unwrap_or(LONGEST_WAIT);
        tracing::warn!(error = %why, retry.seconds = wait.as_secs_f64(), "a connection to Slack is missing and will be opened again");
        desk.is_troubled(why);
        closing.run_until_cancelled(tokio::time::sleep(wait)).await;
    }
    for connection in leaving {
        // How it ends no longer matters.
        let _ = connection.await;
    }
    Ok(())
}

fn waits() -> impl Iterator<Item = Duration> {
    ExponentialBuilder::default()
        .with_min_delay(FIRST_WAIT)
        .with_max_delay(LONGEST_WAIT)
        .with_jitter()
        .without_max_times()
        .build()
}

/// Asks for an address and connects to it.
async fn open(desk: &Desk) -> Result<Socket, Stopped> {
    let api = &desk.slack.api;
    let answer = api
        .call_as(&desk.app_token, Method::ConnectionsOpen)
        .await
        .map_err(stopped)?;
    let url = answer["url"].as_str().and_then(|url| Url::parse(url).ok());
    let url = url.filter(|url| match url.scheme() {
        "wss" => true,
        "ws" => api.takes_loopback_http() && is_loopback(url),
        _ => false,
    });
    let Some(url) = url else {
        return Err(Stopped::Passing("Slack gave no address to connect to".into()));
    };
    match tokio::time::timeout(TO_OPEN, connect_async(url.as_str())).await {
        Ok(Ok((socket, _))) => Ok(socket),
        // The address holds a ticket: the error must not repeat it.
        Ok(Err(tungstenite::Error::Http(answer))) => {
            let status = answer.status().as_u16();
            Err(Stopped::Passing(format!(
                "Slack refused the connection with HTTP {status}"
            )))
        }
        Ok(Err(_)) => Err(Stopped::Passing("the connection to Slack could not be opened".into())),
        Err(_) => Err(Stopped::Passing("the connection to Slack took too long to open".into())),
    }
}

/// One open connection.
struct Connection {
    desk: Desk,
    acknowledgements: mpsc::Sender<String>,
    greeted: Option<Greeted>,
    leaves: Option<oneshot::Sender<()>>,
}

/// Hears until the connection ends.
async fn hear(desk: Desk, socket: Socket, leaves: oneshot::Sender<()>) -> End {
    let closing = desk.reception.closing.clone();
    let (mut sink, mut frames) = socket.split();
    let (acknowledgements, mut written) = mpsc::channel(ACKNOWLEDGEMENTS);
    let mut connection = Connection {
        desk,
        acknowledgements,
        greeted: None,
        leaves: Some(leaves),
    };
    let opened = Instant::now();
    let mut heard = opened;
    let mut ask = tokio::time::interval(ASK_EVERY);
    loop {
        tokio::select! {
            biased;
            () = closing.cancelled() => break,
            _ = ask.tick() => {
                if connection.greeted.is_none() && opened.elapsed() > TO_OPEN {
                    return End::Lost("Slack did not greet".into());
                }
                if heard.elapsed() > SILENCE {
                    return End::Lost("nothing was heard on it for too long".into());
                }
                if sink.send(Message::Ping(Bytes::new())).await.is_err() {
                    return End::Lost("it was closed".into());
                }
            }
            Some(text) = written.recv() => {
                if sink.send(Message::text(text)).await.is_err() {
                    return End::Lost("an acknowledgement could not be sent".into());
                }
            }
            frame = frames.next() => {
                heard = Instant::now();
                // Written here and not through the channel, which this very loop empties.
                match connection.frame(frame).await {
                    Ok(None) => {}
                    Ok(Some(text)) => {
                        if sink.send(Message::text(text)).await.is_err() {
                            return End::Lost("an acknowledgement could not be sent".into());
                        }
                    }
                    Err(end) => return end,
                }
            }
        }
    }
    finish(connection, sink, written).await;
    End::Closing
}

/// What was taken is acknowledged before the connection is closed.
async fn finish(connection: Connection, mut sink: SplitSink<Socket, Message>, mut written: mpsc::Receiver<String>) {
    drop(connection);
    let rest = async {
        while let Some(text) = written.recv().await {
            if sink.send(Message::text(text)).await.is_err() {
                return;
            }
        }
        // Whoever is gone already needs no goodbye.
        let _ = sink.close().await;
    };
    // What is not acknowledged by then is delivered again.
    let _ = tokio::time::timeout(TO_FINISH, rest).await;
}

impl Connection {
    /// Takes a frame. Gives the acknowledgement to write.
    async fn frame(&mut self, frame: Option<Result<Message, tungstenite::Error>>) -> Result<Option<String>, End> {
        match frame {
            Some(Ok(Message::Text(text))) => self.envelope(text.as_str()).await,
            Some(Ok(Message::Binary(bytes))) => self.envelope(&String::from_utf8_lossy(&bytes)).await,
            Some(Ok(Message::Close(_))) | None => Err(End::Lost("Slack closed it".into())),
            Some(Ok(_)) => Ok(None),
            Some(Err(_)) => Err(End::Lost("it broke off".into())),
        }
    }

    async fn envelope(&mut self, text: &str) -> Result<Option<String>, End> {
        let Ok(envelope) = serde_json::from_str::<Value>(text) else {
            tracing::warn!("an envelope from Slack can't be read and was dropped");
            return Ok(envelope_id(text).map(|id| acknowledgement(&id, None)));
        };
        Ok(match envelope["type"].as_str() {
            Some("hello") => {
                self.greeted = Some(Greeted::new(&self.desk));
                None
            }
            Some("disconnect") => {
                self.leave(envelope["reason"].as_str().unwrap_or_default())?;
                None
            }
            Some("events_api") => self.take(Kind::Event, envelope).await,
            Some("interactive") => self.take(Kind::Interaction, envelope).await,
            Some("slash_commands") => self.take(Kind::Command, envelope).await,
            _ => envelope["envelope_id"].as_str().map(|id| acknowledgement(id, None)),
        })
    }

    /// Slack will close the connection, or has nothing more for the app at all.
    fn leave(&mut self, reason: &str) -> Result<(), End> {
        if reason == "link_disabled" {
            return Err(End::Fatal(
                "Socket Mode was switched off: switch it on under api.slack.com/apps > your app > Socket Mode, or set mode = \"http\"".into(),
            ));
        }
        tracing::info!(
            slack.reason = reason,
            "Slack will close a connection; another is opened"
        );
        if let Some(leaves) = self.leaves.take() {
            // Whoever keeps the connection may be gone; then so is this, soon.
            let _ = leaves.send(());
        }
        Ok(())
    }

    /// Takes an envelope. What must be stored before it is acknowledged does not keep the next one waiting.
    async fn take(&self, kind: Kind, mut envelope: Value) -> Option<String> {
        let id = envelope["envelope_id"].as_str()?.to_owned();
        let may_answer = envelope["accepts_response_payload"] != false;
        let payload = envelope["payload"].take();
        let Desk { slack, reception, .. } = self.desk.clone();
        let taking = async move {
            match slack.take(&reception, kind, &payload).await {
                Verdict::Acknowledged(answer) => Some(acknowledgement(&id, answer.filter(|_| may_answer))),
                Verdict::Busy => None,
            }
        };
        if kind == Kind::Event {
            return taking.await;
        }
        let acknowledgements = self.acknowledgements.clone();
        tokio::spawn(async move {
            if let Some(text) = taking.await {
                // Where the connection is gone, Slack delivers it again and it is recognised.
                let _ = acknowledgements.send(text).await;
            }
        });
        None
    }
}

fn acknowledgement(id: &str, answer: Option<Value>) -> String {
    match answer {
        Some(answer) => json!({"envelope_id": id, "payload": answer}),
        None => json!({"envelope_id": id}),
    }
    .to_string()
}

/// The id in an envelope that is no JSON, such as one that was cut off.
fn envelope_id(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("\"envelope_id\"")?;
    let rest = rest.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
    let (id, _) = rest.split_once('"')?;
    Some(id.to_owned()).filter(|id| !id.is_empty() && !id.contains('\\'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_an_unreadable_envelope_is_found() {
        assert_eq!(
            envelope_id(r#"{"envelope_id": "1d1a", "payload": {"event": {"te"#),
            Some("1d1a".into())
        );
        for none in [
            "",
            "hello",
            r#"{"envelope_id": 5}"#,
            r#"{"envelope_id": "1d1"#,
            r#"{"envelope_id": ""}"#,
        ] {
            assert_eq!(envelope_id(none), None, "{none}");
        }
    }
}
