//! Alternately creates and deletes on several connections. `wrk` cannot do this, because the second
//! request depends on the first's answer.
//!
//! `pairs PORT CONNECTIONS SECONDS`, and on standard input a JSON object with both requests as bytes on
//! the wire, `create` and `delete`; `name` in the first gives way to a new name of the same length,
//! `id` in the second to what follows `key` in the first's answer. Prints, as `wrk` is made to,
//! requests, microseconds, failures (it ends at the first), and how many microseconds a request took:
//! half of them, 99 of 100, the longest.

use std::io::{self, Read};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

struct Pair {
    create: Vec<u8>,
    /// Where in it the name stands, and how long it is.
    names: (Vec<usize>, usize),
    delete: Vec<u8>,
    /// Where in it the id stands, and how long it is.
    id: (usize, usize),
    key: Vec<u8>,
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

impl Pair {
    fn read() -> Self {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).expect("standard input is text");
        let output: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let bytes = |key: &str| output[key].as_str().expect("a text").as_bytes().to_vec();
        let (create, delete, name, id) =
            (bytes("create"), bytes("delete"), bytes("name"), bytes("id"));
        let starts = |at: &usize| create[*at..].starts_with(&name);
        let names = ((0..create.len()).filter(starts).collect(), name.len());
        let id = (find(&delete, &id).expect("an id"), id.len());
        Self { names, create, delete, id, key: bytes("key") }
    }
}

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    latencies_us: Vec<u32>,
}

impl Connection {
    /// Sends a request and reads the whole response into the buffer. Returns the start of its body.
    async fn ask(&mut self, request: &[u8]) -> io::Result<usize> {
        let sent = Instant::now();
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let body = loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if let Some(at) = find(&self.buffer, b"\r\n\r\n") {
                break at + 4;
            }
        };
        let head = String::from_utf8_lossy(&self.buffer[..body]).to_ascii_lowercase();
        if !head.starts_with("http/1.1 2") {
            return Err(io::Error::other(head));
        }
        let length = head.split_once("content-length: ").and_then(|(_, rest)| rest.lines().next());
        let length: usize = length.and_then(|length| length.parse().ok()).unwrap_or(0);
        while self.buffer.len() < body + length {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        self.latencies_us.push(u32::try_from(sent.elapsed().as_micros()).unwrap_or(u32::MAX));
        Ok(body)
    }
}

/// One connection's requests until then: how long each took.
async fn run(port: u16, nth: usize, pair: &Pair, until: Instant) -> io::Result<Vec<u32>> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    let mut connection = Connection { stream, buffer: Vec::new(), latencies_us: Vec::new() };
    let (mut create, mut delete) = (pair.create.clone(), pair.delete.clone());
    let ((names, width), id) = (&pair.names, pair.id);
    let mut count = 0;
    while Instant::now() < until {
        count += 1;
        let new = format!("{nth:04}{count:0rest$}", rest = width - 4);
        for name in names {
            create[*name..][..*width].copy_from_slice(new.as_bytes());
        }
        let body = connection.ask(&create).await?;
        let body = &connection.buffer[body..];
        let found = find(body, &pair.key).and_then(|at| body[at + pair.key.len()..].get(..id.1));
        let found = found.ok_or_else(|| io::Error::other("no id in the answer"))?;
        delete[id.0..][..id.1].copy_from_slice(found);
        connection.ask(&delete).await?;
    }
    Ok(connection.latencies_us)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let numbers: Vec<u64> = std::env::args().skip(1).filter_map(|text| text.parse().ok()).collect();
    let [port, connections, seconds] = numbers[..] else { panic!("PORT CONNECTIONS SECONDS") };
    let port = u16::try_from(port).expect("a port");
    let pair: &'static Pair = Box::leak(Box::new(Pair::read()));
    let start = Instant::now();
    let until = start + Duration::from_secs(seconds);
    let tasks: Vec<_> = (0..usize::try_from(connections).expect("a number"))
        .map(|nth| tokio::spawn(run(port, nth, pair, until)))
        .collect();
    let mut latencies_us = Vec::new();
    for task in tasks {
        latencies_us.extend(task.await??);
    }
    let took = start.elapsed().as_micros();
    latencies_us.sort_unstable();
    let at = |percent: usize| latencies_us[(latencies_us.len() - 1) * percent / 100];
    println!("RESULT {} {took} 0 {} {} {}", latencies_us.len(), at(50), at(99), at(100));
    Ok(())
}
