//! The one HTTP client that the command line needs: a call to the control API of a server nearby.

use std::io::ErrorKind::{BrokenPipe, ConnectionReset};
use std::io::{self, BufRead as _, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use serde_json::Value as Json;

use super::{Exit, Failure};

/// How long the server may take to answer.
const TIMEOUT: Duration = Duration::from_secs(3);

/// How long it may take where it reads or writes a whole directory.
const PATIENCE: Duration = Duration::from_secs(60);

/// No answer may be longer: an export of a million users takes some 700 MB.
const BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;

/// No line of a head is longer.
const LINE_BYTES_MAX: u64 = 16 * 1024;

/// Status and body of a call to the control API of the server at `url`.
pub(super) fn call(
    url: &str,
    method: &str,
    path: &str,
    body: Option<&Json>,
) -> Result<(u16, Json), Failure> {
    let text = body.map(Json::to_string).unwrap_or_default();
    let (status, body) = send(url, TIMEOUT, method, path, &text)?;
    Ok((status, serde_json::from_str(&body).unwrap_or_default()))
}

/// The body of a success as text, of a call with a whole directory in either; else as [`done`].
pub(super) fn text(url: &str, method: &str, path: &str, body: &str) -> Result<String, Failure> {
    let (status, body) = send(url, PATIENCE, method, path, body)?;
    if (200..300).contains(&status) {
        return Ok(body);
    }
    Err(refusal(status, &serde_json::from_str(&body).unwrap_or_default()))
}

fn send(
    url: &str,
    patience: Duration,
    method: &str,
    path: &str,
    body: &str,
) -> Result<(u16, String), Failure> {
    let authority = authority(url)?;
    let answer = exchange(authority, patience, method, path, body)
        .map_err(|error| Failure::new(Exit::Internal, format_args!("{url}: {error}")))?;
    let no_http = || Failure::new(Exit::Internal, format_args!("{url}: no HTTP"));
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(no_http)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    Ok((status.ok_or_else(no_http)?, body.to_owned()))
}

/// Host and port in a URL.
pub(super) fn authority(url: &str) -> Result<&str, Failure> {
    let fits =
        |rest: &&str| !rest.contains(['/', '?', '#', '@']) && !rest.contains(char::is_control);
    url.strip_prefix("http://").filter(fits).ok_or_else(|| {
        Failure::new(Exit::Usage, format_args!("{url:?} is not like http://127.0.0.1:4747"))
    })
}

/// The same with a port in any case.
pub(super) fn place(authority: &str) -> String {
    let bare = authority.rsplit_once(':').is_none_or(|(_, port)| port.parse::<u16>().is_err());
    if bare { format!("{authority}:80") } else { authority.to_owned() }
}

/// The same; a status that is no success is a failure, told with what would be right.
pub(super) fn done(
    url: &str,
    method: &str,
    path: &str,
    body: Option<&Json>,
) -> Result<Json, Failure> {
    let (status, said) = call(url, method, path, body)?;
    if (200..300).contains(&status) {
        return Ok(said);
    }
    Err(refusal(status, &said))
}

/// What a refusal says, one mistake a line.
pub(super) fn refusal(status: u16, said: &Json) -> Failure {
    let error = said["error"].as_str().unwrap_or("refused");
    let details = said["details"].as_array().into_iter().flatten();
    let details = details.filter_map(Json::as_str).filter(|line| *line != error);
    let details = details.map(|line| format!("\n  {line}"));
    let exit = if status < 500 { Exit::Usage } else { Exit::Internal };
    Failure::new(exit, format_args!("{error}{}", details.collect::<String>()))
}

fn exchange(
    authority: &str,
    patience: Duration,
    method: &str,
    path: &str,
    body: &str,
) -> io::Result<String> {
    let stream = ask(authority, patience, method, path, body)?;
    let mut answer = String::new();
    stream.take(BYTES_MAX).read_to_string(&mut answer)?;
    Ok(answer)
}

/// Sends a request, after whose answer the connection ends.
fn ask(
    authority: &str,
    patience: Duration,
    method: &str,
    path: &str,
    body: &str,
) -> io::Result<TcpStream> {
    let address = place(authority).to_socket_addrs()?.next();
    let address = address.ok_or_else(|| io::Error::other("no such host"))?;
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(patience))?;
    stream.set_write_timeout(Some(patience))?;
    let content = match body.len() {
        0 => String::new(),
        length => format!("Content-Type: application/json\r\nContent-Length: {length}\r\n"),
    };
    let sent = write!(
        stream,
        "{method} /_idouble{path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\
         {content}\r\n{body}",
    );
    match sent {
        // Who has stopped reading has answered: why is for the answer to tell.
        Err(error) if !matches!(error.kind(), BrokenPipe | ConnectionReset) => Err(error),
        Ok(()) | Err(_) => Ok(stream),
    }
}

/// Gets a body of any length and writes it to what `open` gives, as it comes; what is refused is told
/// as by [`done`], and opens nothing.
pub(super) fn save<W: io::Write>(
    url: &str,
    path: &str,
    open: impl FnOnce() -> io::Result<W>,
) -> Result<(), Failure> {
    let authority = authority(url)?;
    let failed = |error: io::Error| Failure::new(Exit::Internal, format_args!("{url}: {error}"));
    let stream = ask(authority, PATIENCE, "GET", path, "").map_err(failed)?;
    let mut answer = io::BufReader::new(stream.take(BYTES_MAX));
    let (mut status, mut chunked) = (None, false);
    loop {
        let line = line(&mut answer).map_err(failed)?;
        if line.is_empty() {
            break;
        }
        status = status.or_else(|| line.split(' ').nth(1)?.parse::<u16>().ok());
        chunked |= line.eq_ignore_ascii_case("transfer-encoding: chunked");
    }
    match status {
        Some(status) if (200..300).contains(&status) => {}
        status => {
            let mut said = String::new();
            answer.read_to_string(&mut said).map_err(failed)?;
            let said = serde_json::from_str(&said).unwrap_or_default();
            return Err(refusal(status.unwrap_or(500), &said));
        }
    }
    let mut out = open().map_err(|error| Failure::new(Exit::Internal, error))?;
    let copied =
        if chunked { copy_chunks(&mut answer, &mut out) } else { io::copy(&mut answer, &mut out) };
    match copied.and_then(|_| out.flush()) {
        // That nobody reads it any more is no failure.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(failed(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Copies a body that comes in chunks; one that breaks off is an error.
fn copy_chunks(from: &mut impl io::BufRead, to: &mut impl io::Write) -> io::Result<u64> {
    let mut copied = 0;
    loop {
        let length = u64::from_str_radix(&line(from)?, 16).map_err(io::Error::other)?;
        if io::copy(&mut from.take(length), to)? < length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        line(from)?;
        if length == 0 {
            return Ok(copied);
        }
        copied += length;
    }
}

/// A line of a head, without its end.
fn line(from: &mut impl io::BufRead) -> io::Result<String> {
    let mut line = String::new();
    if from.take(LINE_BYTES_MAX).read_line(&mut line)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    line.truncate(line.trim_end().len());
    Ok(line)
}
