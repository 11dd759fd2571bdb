//! `idouble env`: the variables that point the vendors' SDKs at a server.

use super::client::ServerAddress;
use super::exit::Failure;
use super::output::print_raw;

#[derive(clap::Args, Debug)]
pub(super) struct EnvArgs {
    #[command(flatten)]
    server: ServerAddress,
}

/// Prints the variables for a shell to evaluate.
pub(super) fn env(args: &EnvArgs) -> Result<(), Failure> {
    let url = args.server.url()?;
    let lines =
        variables(&url).map(|(name, value)| format!("export {name}={}\n", shell_quoted(value)));
    print_raw(&lines.concat());
    Ok(())
}

/// The variables, for a server at this URL. The credentials are dummies: the server accepts any.
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
        // The SDK looks for the project of a region there.
        ("HUAWEICLOUD_SDK_IAM_ENDPOINT", url),
    ]
}

/// The value for a POSIX shell: bare if it is plain, else in single quotes.
fn shell_quoted(value: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./:@%+=,".contains(&byte);
    if !value.is_empty() && value.bytes().all(is_plain) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quoted_for_the_shell() {
        assert_eq!(shell_quoted("http://127.0.0.1:4747"), "http://127.0.0.1:4747");
        assert_eq!(shell_quoted("a b"), "'a b'");
        assert_eq!(shell_quoted("$(rm); `x` 'y'"), r"'$(rm); `x` '\''y'\'''");
        assert_eq!(shell_quoted(""), "''");
    }
}
