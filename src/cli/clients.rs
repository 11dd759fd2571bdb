//! What is told to clients, and asked like a client: `env` and `healthcheck`.

use idouble::config::{Config, ServeArgs};

use super::{Exit, Failure, http, load, say};

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
    let lines = variables(&url).map(|(name, value)| format!("export {name}={}\n", quoted(value)));
    say(&lines.concat());
    Ok(())
}

/// The variables, for a server at this URL.
pub(super) fn variables(url: &str) -> [(&'static str, &str); 9] {
    [
        ("AWS_ENDPOINT_URL_IDENTITYSTORE", url),
        ("AWS_ACCESS_KEY_ID", "idouble"),
        ("AWS_SECRET_ACCESS_KEY", "idouble"),
        ("AWS_REGION", "us-east-1"),
        // boto3 and the AWS CLI read this one only.
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("HUAWEICLOUD_SDK_REGION_IDENTITYCENTERSTORE_CN_NORTH_4", url),
        ("HUAWEICLOUD_SDK_AK", "idouble"),
        ("HUAWEICLOUD_SDK_SK", "idouble"),
        // Who sets a region and no project is asked for one there.
        ("HUAWEICLOUD_SDK_IAM_ENDPOINT", url),
    ]
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
    let (status, said) = http::call(&url, "GET", "/health", None)?;
    if status != 200 || said["ready"] != true {
        return Err(sick(&format_args!("not ready, status {status}")));
    }
    let body = said.to_string();
    say(&body);
    Ok(())
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
