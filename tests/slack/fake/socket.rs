//! Socket Mode of the fake: connections that the bot opens, envelopes, and what comes back for each.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;

use super::PATIENCE;

/// What a connection is to do.
enum Order {
    Send(String),
    /// Goes away without a word.
    Drop,
}

#[derive(Default)]
struct Shared {
    /// Those that are open, by number.
    open: watch::Sender<BTreeMap<u64, mpsc::UnboundedSender<Order>>>,
    /// How many were ever opened.
    opened: watch::Sender<u64>,
    acknowledged: watch::Sender<BTreeMap<String, (u64, Value)>>,
    next: AtomicU64,
}

/// Every connection.
pub struct Sockets {
    address: SocketAddr,
    shared: Arc<Shared>,
    turn: AtomicU64,
}

impl Sockets {
    pub async fn open() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let accepting = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&accepting)));
            }
        });
        Self {
            address,
            shared,
            turn: AtomicU64::new(0),
        }
    }

    pub fn url(&self) -> String {
        format!("ws://{}/link/?ticket=ticket-canary&app_id=A0LATCHKEY", self.address)
    }

    /// Waits until so many are open.
    pub async fn are_open(&self, count: usize) {
        let mut open = self.shared.open.subscribe();
        let reached = open.wait_for(|open| open.len() == count);
        drop(
            tokio::time::timeout(PATIENCE, reached)
                .await
                .expect("they don't open")
                .unwrap(),
        );
    }

    /// The numbers of those that are open.
    pub fn numbers(&self) -> Vec<u64> {
        self.shared.open.borrow().keys().copied().collect()
    }

    /// Waits until so many were ever opened.
    pub async fn were_opened(&self, count: u64) {
        let mut opened = self.shared.opened.subscribe();
        let reached = opened.wait_for(|opened| *opened >= count);
        drop(
            tokio::time::timeout(PATIENCE, reached)
                .await
                .expect("they don't open")
                .unwrap(),
        );
    }

    /// Drops a connection without a word.
    pub fn drops(&self, number: u64) {
        let _ = self.shared.open.borrow()[&number].send(Order::Drop);
    }

    pub fn says(&self, number: u64, text: &str) {
        self.shared.open.borrow()[&number]
            .send(Order::Send(text.to_owned()))
            .unwrap();
    }

    /// Sends an envelope on the next connection.
    pub async fn sends(&self, kind: &str, payload: &Value) -> String {
        let mut open = self.shared.open.subscribe();
        let open = tokio::time::timeout(PATIENCE, open.wait_for(|open| !open.is_empty()));
        let open = open.await.expect("nobody is connected").unwrap();
        let turn = usize::try_from(self.turn.fetch_add(1, Ordering::SeqCst)).unwrap() % open.len();
        let number = *open.keys().nth(turn).unwrap();
        drop(open);
        self.sends_on(number, kind, payload)
    }

    pub fn sends_on(&self, number: u64, kind: &str, payload: &Value) -> String {
        let id = format!("envelope-{}", self.shared.next.fetch_add(1, Ordering::SeqCst));
        let answers = kind != "events_api";
        let envelope = json!({"envelope_id": id, "type": kind, "payload": payload, "accepts_response_payload": answers, "retry_attempt": 0, "retry_reason": ""});
        self.says(number, &envelope.to_string());
        id
    }

    /// Waits for the acknowledgement of an envelope. Gives what it answers.
    pub async fn acknowledged(&self, id: &str) -> Value {
        let mut acknowledged = self.shared.acknowledged.subscribe();
        let reached = acknowledged.wait_for(|acknowledged| acknowledged.contains_key(id));
        let reached = tokio::time::timeout(PATIENCE, reached).await;
        reached
            .unwrap_or_else(|_| panic!("{id} is never acknowledged"))
            .unwrap()[id]
            .1
            .clone()
    }

    pub fn is_acknowledged(&self, id: &str) -> bool {
        self.shared.acknowledged.borrow().contains_key(id)
    }

    /// The connection that acknowledged an envelope.
    pub fn acknowledged_on(&self, id: &str) -> u64 {
        self.shared.acknowledged.borrow()[id].0
    }
}

async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    let Ok(socket) = accept_async(stream).await else { return };
    let (mut sink, mut frames) = socket.split();
    let (orders, mut ordered) = mpsc::unbounded_channel();
    let hello = json!({"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A0LATCHKEY"}, "debug_info": {"host": "applink-1"}});
    sink.send(Message::text(hello.to_string())).await.unwrap();
    let number = shared.next.fetch_add(1, Ordering::SeqCst);
    shared.open.send_modify(|open| {
        open.insert(number, orders);
    });
    shared.opened.send_modify(|opened| *opened += 1);
    loop {
        tokio::select! {
            order = ordered.recv() => match order {
                Some(Order::Send(text)) => {
                    if sink.send(Message::text(text)).await.is_err() {
                        break;
                    }
                }
                Some(Order::Drop) | None => break,
            },
            frame = frames.next() => match frame {
                Some(Ok(Message::Text(text))) => {
                    let answer: Value = serde_json::from_str(text.as_str()).expect("acknowledgements are JSON");
                    let id = answer["envelope_id"].as_str().expect("an acknowledgement names its envelope").to_owned();
                    let payload = answer["payload"].clone();
                    shared.acknowledged.send_modify(|acknowledged| {
                        acknowledged.insert(id, (number, payload));
                    });
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                Some(Ok(_)) => {}
            },
        }
    }
    shared.open.send_modify(|open| {
        open.remove(&number);
    });
}
