//! A connection's socket, with what hyper does not do: it follows the framing of what comes in, ends
//! connections that keep a head or themselves waiting, and closes so that a refusal is still read.
//!
//! Costs a request one look at its head and no clock: the only timer of a connection is set again
//! when it has run out, and then tells what went on meanwhile by counting. It runs where connections
//! are accepted: a thread that serves and has a timer set has to ask a clock each time it waits.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::time::{Instant, Sleep, sleep};

use super::Limits;
use super::framing::{Framing, Misframed};

/// What the socket and the requests that come through it tell each other. Both run in the
/// connection's one task, so no order has to be kept between these.
#[derive(Debug)]
pub struct Line {
    /// The number of the first request that is framed wrongly.
    misframed: AtomicU64,
    how: AtomicU8,
    begun: AtomicU64,
    answered: AtomicU64,
    unread: AtomicBool,
    /// Which connection of the process this is, from 1.
    number: u64,
    /// Whether somebody waits until all that was written has left, and whether it has.
    flush: AtomicU8,
    /// Whether a request hangs here.
    hangs: AtomicBool,
    /// Whether the server ends.
    drains: AtomicBool,
    /// What the connection is asked, and the task that serves it.
    asked: AtomicU8,
    task: OnceLock<Waker>,
    /// What the client gets last.
    last: OnceLock<Last>,
}

/// What a client gets when its connection ends before its time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Last {
    /// A reset.
    Reset,
    /// These bytes, fewer than a socket takes at once.
    Words(&'static [u8]),
}

/// What a connection is asked to do, by whoever has to do with all of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Asked {
    /// To go on.
    Nothing,
    /// To make room for another, if it is idle.
    ToLeave,
    /// To end when what is under way has been answered.
    ToDrain,
    /// To end at once.
    ToEnd,
}

static CONNECTIONS: AtomicU64 = AtomicU64::new(0);

const FLUSH_AWAITED: u8 = 1;
const FLUSHED: u8 = 2;

impl Line {
    fn new() -> Self {
        Self {
            misframed: AtomicU64::new(u64::MAX),
            how: AtomicU8::new(0),
            begun: AtomicU64::new(0),
            answered: AtomicU64::new(0),
            unread: AtomicBool::new(false),
            number: CONNECTIONS.fetch_add(1, Ordering::Relaxed) + 1,
            flush: AtomicU8::new(0),
            hangs: AtomicBool::new(false),
            drains: AtomicBool::new(false),
            asked: AtomicU8::new(Asked::Nothing as u8),
            task: OnceLock::new(),
            last: OnceLock::new(),
        }
    }

    /// Which connection this is; each has another number.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Ready when all that hyper was given has left. It drops what it still holds when a body fails.
    pub fn poll_flushed(&self) -> Poll<()> {
        if self.flush.load(Ordering::Relaxed) == FLUSHED {
            return Poll::Ready(());
        }
        // The socket wakes the connection's task, which is the one that asks here.
        self.flush.store(FLUSH_AWAITED, Ordering::Relaxed);
        Poll::Pending
    }

    /// A request hangs from now on; `false` where the server ends, and nothing may.
    pub fn hang(&self) -> bool {
        self.hangs.store(true, Ordering::Relaxed);
        !self.drains.load(Ordering::Relaxed)
    }

    /// The server ends. Tells whether a request hangs.
    pub fn drain(&self) -> bool {
        self.drains.store(true, Ordering::Relaxed);
        self.hangs.load(Ordering::Relaxed)
    }

    /// What the client gets when the connection is dropped, which is about to happen.
    pub fn end_with(&self, last: Last) {
        let _ = self.last.set(last);
    }

    /// A request is about to be answered. hyper hands them out one after another, in order.
    ///
    /// # Errors
    /// What is wrong with its framing.
    pub fn begin(&self) -> Result<(), Misframed> {
        let number = self.begun.fetch_add(1, Ordering::Relaxed) + 1;
        if number < self.misframed.load(Ordering::Relaxed) {
            return Ok(());
        }
        Err(match self.how.load(Ordering::Relaxed) {
            0 => Misframed::LengthAndEncoding,
            1 => Misframed::Length,
            2 => Misframed::Encoding,
            _ => Misframed::HeadTooLarge,
        })
    }

    /// A request was answered.
    pub fn end(&self) {
        self.answered.fetch_add(1, Ordering::Relaxed);
    }

    /// How many requests were answered.
    pub fn answered(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }

    /// Whether no request is under way, or no more of one than a part of its head.
    pub fn is_idle(&self) -> bool {
        self.begun.load(Ordering::Relaxed) == self.answered()
    }

    /// The task that serves the connection, from its start to its end; before anybody asks.
    pub fn serve_in(&self, task: Waker) {
        let _ = self.task.set(task);
    }

    /// Asks the connection for something. It is told in a moment, and by the last one who asks.
    pub fn ask(&self, asked: Asked) {
        self.asked.store(asked as u8, Ordering::Release);
        if let Some(task) = self.task.get() {
            task.wake_by_ref();
        }
    }

    /// What the connection was asked since this was last called. Looked at in every turn of its task,
    /// so it is no future that would have to be told to wake it.
    pub fn asked(&self) -> Asked {
        const NOTHING: u8 = Asked::Nothing as u8;
        if self.asked.load(Ordering::Relaxed) == NOTHING {
            return Asked::Nothing;
        }
        const ALL: [Asked; 4] = [Asked::Nothing, Asked::ToLeave, Asked::ToDrain, Asked::ToEnd];
        let asked = usize::from(self.asked.swap(NOTHING, Ordering::Acquire));
        ALL.get(asked).copied().unwrap_or(Asked::Nothing)
    }

    /// Part of a request is left unread: what it sends has to be taken off the line before the line
    /// is closed, or the client loses the answer with it.
    pub fn leave_unread(&self) {
        self.unread.store(true, Ordering::Relaxed);
    }

    fn misframe(&self, number: u64, how: Misframed) {
        let how = match how {
            Misframed::LengthAndEncoding => 0,
            Misframed::Length => 1,
            Misframed::Encoding => 2,
            Misframed::HeadTooLarge => 3,
        };
        self.how.store(how, Ordering::Relaxed);
        self.misframed.store(number, Ordering::Relaxed);
        self.leave_unread();
    }
}

/// What a connection waits for. The number tells one waiting from the next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Waiting {
    /// For the rest of a head, or for the first one: so many have ended.
    Head(u64),
    /// For another request, after so many.
    Request(u64),
    /// For us, or for a body, which is timed where it is read.
    Nothing,
}

/// The socket of one connection.
pub struct Socket {
    stream: TcpStream,
    framing: Framing,
    line: Arc<Line>,
    head_timeout: Duration,
    idle_timeout: Duration,
    linger: Duration,
    timer: Pin<Box<Sleep>>,
    /// Whether the timer knows whom to wake.
    watched: bool,
    /// What the timer was set for.
    timed: Waiting,
    closing: bool,
    /// Whether the end of what the client sends was kept from hyper once.
    held_end: bool,
}

impl Socket {
    /// Takes a connection, whose timer runs there.
    pub fn new(stream: TcpStream, limits: &Limits, timers: &Handle) -> Self {
        let _there = timers.enter();
        Self {
            stream,
            framing: Framing::new(limits.head_bytes_max, limits.headers_max),
            line: Arc::new(Line::new()),
            head_timeout: limits.head_timeout,
            idle_timeout: limits.idle_timeout,
            linger: limits.linger,
            timer: Box::pin(sleep(limits.head_timeout)),
            watched: false,
            timed: Waiting::Head(0),
            closing: false,
            held_end: false,
        }
    }

    /// What this connection's requests and the socket share.
    pub fn line(&self) -> Arc<Line> {
        self.line.clone()
    }

    fn waiting(&self) -> Waiting {
        let heads = self.framing.heads();
        if self.framing.in_head() || heads == 0 {
            Waiting::Head(heads)
        } else if self.line.answered.load(Ordering::Relaxed) >= heads {
            Waiting::Request(heads)
        } else {
            Waiting::Nothing
        }
    }

    /// Ready when the client has kept us waiting for too long: between once and twice the idle
    /// timeout where it waits with another request, and exactly the head timeout within a head.
    fn poll_patience(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let waiting = self.waiting();
        if matches!(waiting, Waiting::Head(_)) && waiting != self.timed {
            self.set_timer(waiting);
        }
        loop {
            ready!(self.poll_timer(context));
            if waiting == self.timed && waiting != Waiting::Nothing {
                return Poll::Ready(());
            }
            self.set_timer(waiting);
        }
    }

    /// Whether hyper is told a turn later that the client sends no more. It looks for that before it
    /// lets a request be answered, and drops the request then: a delayed one should end with its
    /// client, but one that can be answered at once has its answer, for clients that close their
    /// half of the connection when they have asked.
    fn hold_end(&mut self) -> bool {
        let asked = self.waiting() == Waiting::Nothing;
        asked && !std::mem::replace(&mut self.held_end, true)
    }

    fn set_timer(&mut self, waiting: Waiting) {
        let patience = match waiting {
            Waiting::Head(_) => self.head_timeout,
            Waiting::Request(_) | Waiting::Nothing => self.idle_timeout,
        };
        self.timed = waiting;
        self.run_out_in(patience);
    }

    fn run_out_in(&mut self, patience: Duration) {
        self.watched = false;
        self.timer.as_mut().reset(Instant::now() + patience);
    }

    /// Ready when the timer has run out. It is told once whom to wake, for that is always the same
    /// task: telling it costs a tenth of what a small request does.
    fn poll_timer(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.watched, true) && !self.timer.is_elapsed() {
            return Poll::Pending;
        }
        self.timer.as_mut().poll(context)
    }

    /// Reads and forgets until the client closes too, or has had long enough.
    fn poll_linger(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut scratch = [0; 4096];
        loop {
            if self.poll_timer(context).is_ready() {
                return Poll::Ready(Ok(()));
            }
            let mut buffer = ReadBuf::new(&mut scratch);
            let read = ready!(Pin::new(&mut self.stream).poll_read(context, &mut buffer));
            if read.is_err() || buffer.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        match Pin::new(&mut self.stream).poll_read(context, buffer) {
            Poll::Ready(Ok(())) if buffer.filled().len() == before && self.hold_end() => {
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Poll::Ready(Ok(())) => {
                if let Some(wrong) = self.framing.scan(&buffer.filled()[before..]) {
                    self.line.misframe(self.framing.heads(), wrong.how);
                    if let Some(cut) = wrong.cut {
                        // hyper makes room for thousands of bytes, so the end fits.
                        let most = buffer.capacity().saturating_sub(cut.end.len());
                        buffer.set_filled((before + cut.at).min(most));
                        buffer.put_slice(cut.end);
                    }
                }
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => {
                ready!(self.poll_patience(context));
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
        }
    }
}

impl Drop for Socket {
    /// Ends the connection as a fault has said: what closes it is that the stream is dropped.
    fn drop(&mut self) {
        let told = match self.line.last.get() {
            None => return,
            Some(Last::Reset) => self.stream.set_zero_linger(),
            // As many as a socket takes at once, unless the client reads nothing at all.
            Some(Last::Words(bytes)) => self.stream.try_write(bytes).map(|_| ()),
        };
        if let Err(error) = told {
            tracing::debug!(%error, "a connection could not be ended as a fault has said");
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_flush(context))?;
        // hyper flushes when it has written all that it holds.
        if self.line.flush.load(Ordering::Relaxed) == FLUSH_AWAITED {
            self.line.flush.store(FLUSHED, Ordering::Relaxed);
            context.waker().wake_by_ref();
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.closing {
            ready!(Pin::new(&mut self.stream).poll_shutdown(context))?;
            self.closing = true;
            let patience = self.linger;
            self.run_out_in(patience);
        }
        if self.framing.in_head() || self.line.unread.load(Ordering::Relaxed) {
            return self.poll_linger(context);
        }
        Poll::Ready(Ok(()))
    }
}
