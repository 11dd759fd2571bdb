//! One call to the control API: HTTP as plainly as it goes, for one answer of known length.

use std::io::{Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use super::clients::Where;
use super::{Exit, Failure};

/// How long the server may take to accept, and then between one piece of its answer and the next.
const PATIENCE: Duration = Duration::from_secs(30);

/// No answer may be longer: an export of 200,000 users with full profiles takes some 200 MB.
const ANSWER_BYTES_MAX: u64 = 1024 * 1024 * 1024;

/// Sends a call and gives the body of its success.
///
/// # Errors
/// `Usage` where the URL is none, `Internal` where nobody answers or the call is refused; then with
/// what the server says is wrong.
pub(super) fn call(
    place: &Where,
    method: &str,
    path: &str,
    body: Option<&str>,
) -> Result<String, Failure> {
    let url = place.url()?;
    let authority = authority(&url)?;
    let failed =
        |why: &dyn std::fmt::Display| Failure::new(Exit::Internal, format!("{url}: {why}"));
    let answer = exchange(authority, method, path, body).map_err(|error| failed(&error))?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(|| failed(&"no HTTP"))?;
    match head.split(' ').nth(1).unwrap_or_default() {
        "200" | "201" => Ok(body.to_owned()),
        status => Err(failed(&refusal(status, body))),
    }
}

/// Host and port of a URL.
pub(super) fn authority(url: &str) -> Result<&str, Failure> {
    url.strip_prefix("http://")
        .filter(|rest| !rest.contains(['/', '?', '#', '@']) && !rest.contains(char::is_control))
        .ok_or_else(|| {
            Failure::new(Exit::Usage, format_args!("{url:?} is not like http://127.0.0.1:4747"))
        })
}

fn exchange(
    authority: &str,
    method: &str,
    path: &str,
    body: Option<&str>,
) -> std::io::Result<String> {
    let bare = authority.rsplit_once(':').is_none_or(|(_, port)| port.parse::<u16>().is_err());
    let place = if bare { format!("{authority}:80") } else { authority.to_owned() };
    let address = place.to_socket_addrs()?.next();
    let address = address.ok_or_else(|| std::io::Error::other("no such host"))?;
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut head = format!("{method} /_idouble{path} HTTP/1.1\r\nHost: {authority}\r\n");
    head.push_str("Connection: close\r\n");
    if let Some(body) = body {
        head += &format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len());
    }
    stream.write_all(head.as_bytes())?;
    stream.write_all(b"\r\n")?;
    stream.write_all(body.unwrap_or_default().as_bytes())?;
    let mut answer = String::new();
    stream.take(ANSWER_BYTES_MAX).read_to_string(&mut answer)?;
    Ok(answer)
}

/// What a refusal says, one mistake a line.
fn refusal(status: &str, body: &str) -> String {
    let told: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    let Some(error) = told["error"].as_str() else { return format!("status {status}") };
    let details = told["details"].as_array().into_iter().flatten();
    let details = details.filter_map(|line| line.as_str()).map(|line| format!("\n  {line}"));
    error.to_owned() + &details.collect::<String>()
}
