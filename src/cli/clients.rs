//! What is told to clients, and asked like a client: `env` and `healthcheck`.

use std::io::{Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use idouble::config::{Config, ServeArgs};

use super::{Exit, Failure, load, say};

/// How long the server may take to say how it is.
const HEALTH_TIMEOUT: Duration = Duration::from_secs(3);

/// More than a healthy answer ever has.
const HEALTH_BYTES_MAX: u64 = 64 * 1024;

/// Where a server is. Without either it is where `idouble serve` would listen, given the same
/// variables and configuration file.
#[derive(clap::Args, Debug)]
pub(super) struct Where {
    /// Port of a server on this machine
    #[arg(long, value_name = "N", conflicts_with = "url")]
    port: Option<u16>,
    /// URL of a server, such as http://127.0.0.1:4747
    #[arg(long, value_name = "URL")]
    url: Option<String>,
}

impl Where {
    pub(super) fn url(&self) -> Result<String, Failure> {
        match (&self.url, self.port) {
            (Some(url), _) => Ok(url.trim_end_matches('/').to_owned()),
            (None, Some(port)) => Ok(format!("http://127.0.0.1:{port}")),
            (None, None) => {
                let config = load(&ServeArgs::default())?.config;
                let port = configured_port(&config)?;
                let host = match config.host {
                    ip if ip.is_unspecified() && ip.is_ipv6() => "[::1]".to_owned(),
                    ip if ip.is_unspecified() => "127.0.0.1".to_owned(),
                    ip if ip.is_ipv6() => format!("[{ip}]"),
                    ip => ip.to_string(),
                };
                Ok(format!("http://{host}:{port}"))
            }
        }
    }
}

/// The port; where a free one was taken, the one that the server has written down.
fn configured_port(config: &Config) -> Result<u16, Failure> {
    let written = config.port_file.as_ref().filter(|_| config.port == 0);
    let Some(file) = written else { return Ok(config.port) };
    let name = file.display();
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::new(Exit::Internal, format_args!("{name}: {error}")))?;
    let port = text.trim().parse();
    port.map_err(|_| Failure::new(Exit::Internal, format_args!("{name} holds no port")))
}

/// Prints the variables that point the vendors' SDKs here, for a shell to evaluate. The credentials
/// are dummies: any would do.
pub(super) fn env(place: &Where) -> Result<(), Failure> {
    let url = place.url()?;
    let variables = [
        ("AWS_ENDPOINT_URL_IDENTITYSTORE", url.as_str()),
        ("AWS_ACCESS_KEY_ID", "idouble"),
        ("AWS_SECRET_ACCESS_KEY", "idouble"),
        ("AWS_REGION", "us-east-1"),
        // boto3 and the AWS CLI read this one only.
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("HUAWEICLOUD_SDK_REGION_IDENTITYCENTERSTORE_CN_NORTH_4", url.as_str()),
        ("HUAWEICLOUD_SDK_AK", "idouble"),
        ("HUAWEICLOUD_SDK_SK", "idouble"),
        // Who sets a region and no project is asked for one there.
        ("HUAWEICLOUD_SDK_IAM_ENDPOINT", url.as_str()),
    ];
    let lines = variables.map(|(name, value)| format!("export {name}={}\n", quoted(value)));
    say(&lines.concat());
    Ok(())
}

/// The value as a POSIX shell has it: bare where it is plain, else within single quotes.
fn quoted(value: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./:@%+=,".contains(&byte);
    if !value.is_empty() && value.bytes().all(plain) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\'', r"'\''"))
}

/// Asks the server how it is, and prints what it says.
pub(super) fn healthcheck(place: &Where) -> Result<(), Failure> {
    let url = place.url()?;
    let sick = |why: &dyn std::fmt::Display| Failure::new(Exit::Internal, format!("{url}: {why}"));
    let authority = super::http::authority(&url)?;
    let answer = get_health(authority).map_err(|error| sick(&error))?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(|| sick(&"no HTTP"))?;
    let status = head.split(' ').nth(1).unwrap_or_default();
    let said: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    if status != "200" || said["ready"] != true {
        return Err(sick(&format_args!("not ready, status {status}")));
    }
    say(&body);
    Ok(())
}

fn get_health(authority: &str) -> std::io::Result<String> {
    let bare = authority.rsplit_once(':').is_none_or(|(_, port)| port.parse::<u16>().is_err());
    let place = if bare { format!("{authority}:80") } else { authority.to_owned() };
    let address = place.to_socket_addrs()?.next();
    let address = address.ok_or_else(|| std::io::Error::other("no such host"))?;
    let mut stream = TcpStream::connect_timeout(&address, HEALTH_TIMEOUT)?;
    stream.set_read_timeout(Some(HEALTH_TIMEOUT))?;
    stream.set_write_timeout(Some(HEALTH_TIMEOUT))?;
    write!(
        stream,
        "GET /_idouble/health HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n",
    )?;
    let mut answer = String::new();
    stream.take(HEALTH_BYTES_MAX).read_to_string(&mut answer)?;
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quoted_for_the_shell() {
        assert_eq!(quoted("http://127.0.0.1:4747"), "http://127.0.0.1:4747");
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("$(rm); `x` 'y'"), r"'$(rm); `x` '\''y'\'''");
        assert_eq!(quoted(""), "''");
    }
}
