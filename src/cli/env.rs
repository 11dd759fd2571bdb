//! `idouble env`: the variables that point the vendors' SDKs at a server.

use idouble::internal::auth::ENV_KEY;
use serde::Deserialize;

use super::client::ServerAddress;
use super::exit::Failure;
use super::output::{print_raw, print_warning};

/// The regions of Huawei's Python SDK. Source: `IdentityCenterStoreRegion`, which includes those of
/// `IdentityCenterRegion`.
const HUAWEI_REGIONS: &[&str] = &[
    "af-north-1",
    "af-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "cn-east-3",
    "cn-north-4",
    "cn-south-1",
    "cn-south-4",
    "cn-southwest-2",
    "la-north-2",
    "la-south-2",
    "me-east-1",
    "sa-brazil-1",
    "tr-west-1",
];

/// The services of Huawei's SDK that have an endpoint for each region.
const HUAWEI_SERVICES: &[&str] = &["IDENTITYCENTERSTORE", "IDENTITYCENTER"];

/// The AWS services that are served, as SDKs spell them in variables.
const AWS_SERVICES: &[&str] = &["IDENTITYSTORE", "SSO_ADMIN", "ORGANIZATIONS", "STS"];

#[derive(clap::Args, Debug)]
pub(super) struct EnvArgs {
    #[command(flatten)]
    scope: EnvScope,
    #[command(flatten)]
    server: ServerAddress,
}

/// Which services the variables redirect.
#[derive(clap::Args, Debug)]
pub(super) struct EnvScope {
    /// Leave AWS services that are not served alone
    ///
    /// Omits AWS_ENDPOINT_URL, for use with another emulator. With it, a call of any AWS service
    /// fails at this server and is journaled, instead of reaching the real cloud.
    #[arg(long)]
    served_only: bool,
}

/// Prints the variables for a shell to evaluate.
pub(super) fn env(args: &EnvArgs) -> Result<(), Failure> {
    let url = args.server.url()?;
    let mut variables = variables(&url, &args.scope);
    // Only a running server knows its stores and its token.
    match args.server.client().and_then(|client| client.get::<ScimStores>("/stores")) {
        Ok(stores) => {
            let path = stores.stores.first().map(|store| store.scim_path.as_str());
            variables.extend(scim_variables(&url, path, &stores.scim_token));
        }
        Err(Failure { message, .. }) => print_warning(&format_args!(
            "SCIM_ENDPOINT and SCIM_TOKEN are not set, which only the server knows: {message}"
        )),
    }
    let lines = variables.iter().map(|(name, value)| {
        let value = shell_quoted(value);
        format!("export {name}={value}\n")
    });
    print_raw(&lines.collect::<String>());
    Ok(())
}

/// The stores, as the control API lists them.
#[derive(Deserialize)]
struct ScimStores {
    stores: Vec<ScimStore>,
    scim_token: String,
}

#[derive(Deserialize)]
struct ScimStore {
    scim_path: String,
}

/// The variables for SCIM clients: the address of the first store's tenant, and its token.
pub(super) fn scim_variables(url: &str, path: Option<&str>, token: &str) -> Vec<(String, String)> {
    let endpoint = path.map(|path| ("SCIM_ENDPOINT".to_owned(), format!("{url}{path}")));
    endpoint.into_iter().chain([("SCIM_TOKEN".to_owned(), token.to_owned())]).collect()
}

/// The variables that point the vendors' SDKs, and `idouble` itself, at a server. The access key
/// is the one that a server accepts in mode `strict` if it is given no others.
pub(super) fn variables(url: &str, scope: &EnvScope) -> Vec<(String, String)> {
    let port =
        url.rsplit_once(':').map(|(_, port)| port).filter(|port| port.parse::<u16>().is_ok());
    let mut variables = Vec::new();
    let mut set = |name: &str, value: &str| variables.push((name.to_owned(), value.to_owned()));
    set("IDOUBLE_URL", url);
    set("IDOUBLE_PORT", port.unwrap_or("80"));
    if !scope.served_only {
        set("AWS_ENDPOINT_URL", url);
    }
    for service in AWS_SERVICES {
        set(&format!("AWS_ENDPOINT_URL_{service}"), url);
    }
    set("AWS_ACCESS_KEY_ID", ENV_KEY);
    set("AWS_SECRET_ACCESS_KEY", ENV_KEY);
    set("AWS_REGION", "us-east-1");
    // boto3 and the AWS CLI read this one only.
    set("AWS_DEFAULT_REGION", "us-east-1");
    // Without it, an SDK that finds no credentials asks the machine's metadata service.
    set("AWS_EC2_METADATA_DISABLED", "true");
    set("HUAWEICLOUD_SDK_AK", ENV_KEY);
    set("HUAWEICLOUD_SDK_SK", ENV_KEY);
    // The SDK looks for the project of a region there, and for the domain of an account.
    set("HUAWEICLOUD_SDK_IAM_ENDPOINT", url);
    for service in HUAWEI_SERVICES {
        for region in HUAWEI_REGIONS {
            let region = region.replace('-', "_").to_uppercase();
            set(&format!("HUAWEICLOUD_SDK_REGION_{service}_{region}"), url);
        }
    }
    variables
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
