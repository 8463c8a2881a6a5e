//! Connections that can be cut: the listener hands every request a [`Wire`] to its connection, so that a fault can
//! close the stream without an answer, or in the middle of a body, as a real network does.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// Where the head of an answer ends.
const END_OF_HEAD: &[u8] = b"\r\n\r\n";

/// One connection, as a request sees it.
#[derive(Debug, Clone, Default)]
pub(super) struct Wire(Arc<Mutex<Cut>>);

#[derive(Debug, Clone, Copy, Default)]
enum Cut {
    /// Everything is written.
    #[default]
    Never,
    /// Nothing more is written.
    Now,
    /// The head and this much of the body are written.
    InBody { matched: usize, left: usize },
}

impl Wire {
    /// Closes the connection before the answer's first byte.
    pub(super) fn cut(&self) {
        self.set(Cut::Now);
    }

    /// Closes the connection after the answer's head and `bytes` of its body.
    pub(super) fn cut_in_body(&self, bytes: usize) {
        self.set(Cut::InBody {
            matched: 0,
            left: bytes,
        });
    }

    fn set(&self, cut: Cut) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = cut;
    }

    fn get(&self) -> Cut {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cut {
    /// What remains to be written after this byte.
    fn after(self, byte: u8) -> Self {
        match self {
            Self::InBody { matched, left } if matched < END_OF_HEAD.len() => Self::InBody {
                matched: match byte {
                    _ if byte == END_OF_HEAD[matched] => matched + 1,
                    b'\r' => 1,
                    _ => 0,
                },
                left,
            },
            Self::InBody { left, matched } => match left.saturating_sub(1) {
                0 => Self::Now,
                left => Self::InBody { matched, left },
            },
            other => other,
        }
    }

    /// How many of these bytes may be written.
    fn allows(mut self, bytes: &[u8]) -> usize {
        for (index, byte) in bytes.iter().enumerate() {
            if matches!(self, Self::Now) {
                return index;
            }
            self = self.after(*byte);
        }
        bytes.len()
    }
}

/// The listener.
pub(super) struct Door(pub(super) TcpListener);

/// A connection that can be cut.
pub(super) struct Stream {
    inner: TcpStream,
    wire: Wire,
}

impl Listener for Door {
    type Io = Stream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Stream, SocketAddr) {
        let (inner, peer) = Listener::accept(&mut self.0).await;
        let wire = Wire::default();
        (Stream { inner, wire }, peer)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, Door>> for Wire {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        stream.io().wire.clone()
    }
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let cut = self.wire.get();
        let allowed = cut.allows(bytes);
        if allowed == 0 && !bytes.is_empty() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        let written = std::task::ready!(Pin::new(&mut self.inner).poll_write(cx, &bytes[..allowed]))?;
        self.wire
            .set(bytes[..written].iter().fold(cut, |cut, byte| cut.after(*byte)));
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_in_the_body_lets_the_head_through_however_it_is_split() {
        let cut = Cut::InBody { matched: 0, left: 2 };
        assert_eq!(cut.allows(b"HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody"), 27);
        let first = b"HTTP/1.1 200 OK\r\n\r".iter().fold(cut, |cut, byte| cut.after(*byte));
        assert_eq!(first.allows(b"\nbody"), 3);
    }

    #[test]
    fn a_cut_connection_writes_nothing() {
        assert_eq!(Cut::Now.allows(b"HTTP/1.1"), 0);
        assert_eq!(Cut::Never.allows(b"HTTP/1.1"), 8);
    }
}
