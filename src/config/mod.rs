//! Every setting once: its type and default, its key in `idouble.toml`, its flag and its help text.
//!
//! [`Config`] derives how it is read from a file, from flags and variables (feature `cli`), and its JSON
//! Schema. A flag takes precedence over a variable, a variable over the file, and the file over the
//! default; a list replaces a list.

mod file;
mod values;

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::Arc;

#[cfg(feature = "cli")]
use clap::builder::TypedValueParser as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::auth::{AccessKey, AuthMode};
use crate::aws::{Filters, Model};
use crate::domain::{StoreRules, UnknownStorePolicy};
use crate::faults::TimeSpan;
use crate::huawei::ErrorPrefix;
use crate::journal::{self, Bodies};
use crate::scim::{
    AbsentActive, PutStatus, ScimAuth, ScimProfile, ScimSettings, UnsupportedAttributes,
};

pub use file::{ConfigFile, starter};
#[cfg(feature = "cli")]
pub use values::SecretParser;
pub use values::{BoundedU64, ClockMode, Secret};

/// The file that is read if it is in the current directory and no other is named.
pub const FILE: &str = "idouble.toml";

/// Settings of idouble.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "cli", derive(clap::Args), command(next_help_heading = "Server"))]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Address to listen on
    ///
    /// An IP address, or localhost. Beyond this machine, anyone who reaches the address may call the
    /// clouds' operations, and --control-token is required.
    #[cfg_attr(feature = "cli", arg(long, value_name = "ADDRESS", value_parser = values::parse_host))]
    #[serde(deserialize_with = "values::host")]
    #[schemars(with = "String")]
    pub host: IpAddr,
    /// Port to listen on; 0 picks a free one
    #[cfg_attr(feature = "cli", arg(long, value_name = "N"))]
    pub port: u16,
    /// File to write the port to when ready
    #[cfg_attr(feature = "cli", arg(long, value_name = "FILE"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port_file: Option<PathBuf>,
    /// Print the ready line as JSON
    #[cfg_attr(feature = "cli", arg(long))]
    pub ready_json: bool,
    /// Stop when standard input ends
    #[cfg_attr(feature = "cli", arg(long))]
    pub exit_with_stdin: bool,
    /// Host name that requests may use
    ///
    /// Loopback addresses, localhost and *.localhost are always allowed. Other names are rejected, so
    /// that no web page can reach this server through a name of its own.
    #[cfg_attr(
        feature = "cli",
        arg(long = "allowed-host", value_name = "NAME", value_parser = values::parse_host_name)
    )]
    #[serde(deserialize_with = "values::host_names")]
    pub allowed_hosts: Vec<String>,
    /// Origin of pages that may call the clouds
    ///
    /// Such as http://localhost:3000. The control API accepts no origin but its own.
    #[cfg_attr(
        feature = "cli",
        arg(
            long,
            value_name = "ORIGIN",
            hide_short_help = true,
            value_parser = values::parse_origin
        )
    )]
    #[serde(deserialize_with = "values::origins")]
    pub cors: Vec<String>,
    /// Token that calls of the control API must carry
    ///
    /// As `Authorization: Bearer TOKEN`. Commands take it from the same variable; the console asks for
    /// it. Without one, everybody who reaches the server may use the control API, so that a host
    /// beyond this machine needs one.
    #[cfg_attr(feature = "cli", arg(long, value_name = "TOKEN", hide_short_help = true))]
    #[serde(skip_serializing)]
    pub control_token: Option<Secret>,
    /// Serve no pages for browsers
    ///
    /// The console is under /_idouble/console/. The control API is served either way.
    #[cfg_attr(feature = "cli", arg(long, hide_short_help = true))]
    pub no_console: bool,

    /// Maximum number of open connections
    #[cfg_attr(feature = "cli", arg(long, value_name = "N", hide_short_help = true))]
    pub connections_max: BoundedU64<1, 1_000_000>,
    /// Fixture file; repeat it for several
    ///
    /// TOML or JSON, or lists that the clouds' command lines print. Without any, a built-in directory is
    /// served.
    #[cfg_attr(feature = "cli", arg(long = "fixture", value_name = "FILE", help_heading = "Data"))]
    pub fixtures: Vec<PathBuf>,
    /// Reload fixtures when they change
    ///
    /// A reload replaces all stores: writes since the last load are lost, and the log reports that. An
    /// invalid file is logged and ignored.
    #[cfg_attr(feature = "cli", arg(long, help_heading = "Data"))]
    pub watch: bool,
    /// File that keeps the stores between runs
    ///
    /// Written when the server stops. It takes precedence over fixtures if it exists.
    #[cfg_attr(feature = "cli", arg(long, value_name = "FILE", help_heading = "Data"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<PathBuf>,
    /// Seed of ids, times and fault draws
    #[cfg_attr(feature = "cli", arg(long, value_name = "N", help_heading = "Data"))]
    pub seed: u64,
    /// Freeze the clock, or step it by request
    ///
    /// With a time such as 2030-01-01T00:00:00Z, the clock stands still. Without a value (`stepping` in
    /// a file or variable), it starts at 2030-01-01T00:00:00Z and advances by 1 ms with each request of
    /// a cloud. Only with this setting do the same seed and the same requests give the same bytes.
    #[cfg_attr(
        feature = "cli",
        arg(
            long,
            value_name = "TIME",
            num_args = 0..=1,
            default_missing_value = "stepping",
            help_heading = "Data"
        )
    )]
    pub clock: ClockMode,
    /// Fault rule: 'aws:UpdateUser=throttle@0.3'
    ///
    /// ON=DO@WHEN,FOR, of which @WHEN and FOR are optional; repeat it for several rules. In a file, rules are
    /// `fault` tables.
    #[cfg_attr(
        feature = "cli",
        arg(id = "fault", long = "fault", value_name = "SPEC", help_heading = "Faults")
    )]
    #[serde(skip)]
    pub faults: Vec<String>,
    /// Built-in rules; see idouble fault presets
    #[cfg_attr(
        feature = "cli",
        arg(id = "preset", long = "preset", value_name = "NAME", help_heading = "Faults")
    )]
    #[serde(rename = "preset")]
    #[schemars(schema_with = "file::presets_schema")]
    pub presets: Vec<String>,
    /// Send no headers but those of the cloud
    ///
    /// Omits x-idouble-fault, which names the rule that fired.
    #[cfg_attr(feature = "cli", arg(long, help_heading = "Faults", hide_short_help = true))]
    pub wire_pure: bool,
    /// Fault rules.
    #[cfg_attr(feature = "cli", arg(skip))]
    #[serde(rename = "fault", skip_serializing)]
    #[schemars(schema_with = "file::fault_tables_schema")]
    pub fault_tables: Vec<toml::Table>,
    /// Comparison of names, and unknown stores.
    #[cfg_attr(feature = "cli", command(flatten))]
    pub directory: DirectoryConfig,
    /// Size limits of stores.
    #[cfg_attr(feature = "cli", command(flatten))]
    pub quota: QuotaConfig,
    /// The request journal.
    #[cfg_attr(feature = "cli", command(flatten))]
    pub journal: JournalConfig,
    /// The AWS dialect.
    #[cfg_attr(feature = "cli", command(flatten))]
    pub aws: AwsConfig,
    /// The Huawei dialect.
    #[cfg_attr(feature = "cli", command(flatten))]
    pub huawei: HuaweiConfig,
    /// Signatures and permissions.
    #[cfg_attr(feature = "cli", command(flatten))]
    pub auth: AuthConfig,
    /// Access keys, for the checks of signatures and permissions.
    #[cfg_attr(feature = "cli", arg(skip))]
    #[serde(rename = "access_key", skip_serializing)]
    pub access_keys: Vec<AccessKey>,
    /// HTTPS.
    #[cfg_attr(feature = "cli", command(flatten))]
    pub tls: TlsConfig,
    /// The SCIM dialect.
    #[cfg_attr(feature = "cli", command(flatten))]
    pub scim: ScimConfig,
    /// What is logged: off, error, warn, info, ...
    ///
    /// off, error, warn, info, debug or trace. At info there is one line a request, which costs about a
    /// third of the throughput.
    #[cfg_attr(feature = "cli", arg(long, value_name = "LEVEL", help_heading = "Logging"))]
    pub log: LogLevel,
    /// Format of log lines: text or json
    #[cfg_attr(
        feature = "cli",
        arg(long, value_name = "FORMAT", help_heading = "Logging", hide_short_help = true)
    )]
    pub log_format: LogFormat,
    /// The configuration file, if it defines fault rules.
    #[cfg_attr(feature = "cli", arg(skip))]
    #[serde(skip)]
    pub fault_file: Option<Arc<ConfigFile>>,
}

/// How stores compare names, and what happens to unknown stores.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "cli", derive(clap::Args), command(next_help_heading = "Data"))]
#[serde(default, deny_unknown_fields)]
pub struct DirectoryConfig {
    /// Compare names exactly, or ignore-case
    ///
    /// exact or ignore-case; e-mail addresses are compared in the same way.
    #[cfg_attr(
        feature = "cli",
        arg(id = "directory.names", long = "names", value_name = "MODE", hide_short_help = true)
    )]
    pub names: NameComparison,
    /// Refuse or create a store on its first write
    #[cfg_attr(
        feature = "cli",
        arg(
            id = "directory.unknown_store",
            long = "unknown-store",
            value_name = "MODE",
            hide_short_help = true
        )
    )]
    pub unknown_store: UnknownStorePolicy,
}

/// Size limits of a store. A full store responds with the quota error of the cloud.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "cli", derive(clap::Args), command(next_help_heading = "Data"))]
#[serde(default, deny_unknown_fields)]
pub struct QuotaConfig {
    /// Maximum number of users in a store
    #[cfg_attr(
        feature = "cli",
        arg(id = "quota.users", long = "quota-users", value_name = "N", hide_short_help = true)
    )]
    pub users: BoundedU64<1, 10_000_000>,
    /// Maximum number of groups in a store
    #[cfg_attr(
        feature = "cli",
        arg(id = "quota.groups", long = "quota-groups", value_name = "N", hide_short_help = true)
    )]
    pub groups: BoundedU64<1, 10_000_000>,
}

/// What the journal keeps of requests.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "cli", derive(clap::Args), command(next_help_heading = "Journal"))]
#[serde(default, deny_unknown_fields)]
pub struct JournalConfig {
    /// Number of requests to keep; 0 keeps none
    #[cfg_attr(
        feature = "cli",
        arg(id = "journal.entries", long = "journal-entries", value_name = "N")
    )]
    pub entries: BoundedU64<0, 10_000_000>,
    /// Number of bytes of requests to keep
    #[cfg_attr(
        feature = "cli",
        arg(
            id = "journal.bytes",
            long = "journal-bytes",
            value_name = "N",
            hide_short_help = true
        )
    )]
    pub bytes: BoundedU64<0, 68_719_476_736>,
    /// Show bodies: redacted, full or off
    ///
    /// redacted hides the members that the clouds' models call sensitive. Passwords and tokens are
    /// never shown.
    #[cfg_attr(
        feature = "cli",
        arg(id = "journal.bodies", long = "journal-bodies", value_name = "MODE")
    )]
    pub bodies: Bodies,
}

/// The AWS dialect.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "cli", derive(clap::Args), command(next_help_heading = "Clouds"))]
#[serde(default, deny_unknown_fields)]
pub struct AwsConfig {
    /// AWS model: 22 operations (current) or 19
    #[cfg_attr(feature = "cli", arg(id = "aws.model", long = "aws-model", value_name = "MODEL"))]
    pub model: Model,
    /// Accept or refuse filters of lists
    ///
    /// accept or refuse; newer Regions refuse the filters of ListUsers and ListGroups.
    #[cfg_attr(
        feature = "cli",
        arg(id = "aws.filters", long = "aws-filters", value_name = "MODE", hide_short_help = true)
    )]
    pub filters: Filters,
    /// Time that creating or deleting an account assignment takes
    ///
    /// A time such as 500ms, 2s or 1m. Until then the status of the request is IN_PROGRESS.
    #[cfg_attr(
        feature = "cli",
        arg(
            id = "aws.assignment_delay",
            long = "aws-assignment-delay",
            value_name = "TIME",
            hide_short_help = true
        )
    )]
    pub assignment_delay: TimeSpan,
    /// AWS account in ARNs, 12 digits
    #[cfg_attr(
        feature = "cli",
        arg(
            id = "aws.account_id",
            long = "aws-account-id",
            value_name = "ID",
            hide_short_help = true,
            value_parser = values::parse_aws_account_id
        )
    )]
    #[serde(deserialize_with = "values::aws_account_id")]
    #[schemars(regex(pattern = "^[0-9]{12}$"))]
    pub account_id: String,
}

/// The Huawei dialect.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "cli", derive(clap::Args), command(next_help_heading = "Clouds"))]
#[serde(default, deny_unknown_fields)]
pub struct HuaweiConfig {
    /// Huawei error codes: IIC or IdentityCenter
    ///
    /// The prefix of the codes. IdentityCenter matches the documents of spring 2024.
    #[cfg_attr(
        feature = "cli",
        arg(id = "huawei.error_prefix", long = "huawei-error-prefix", value_name = "PREFIX")
    )]
    pub error_prefix: ErrorPrefix,
    /// Huawei account, 32 hexadecimal digits
    #[cfg_attr(
        feature = "cli",
        arg(
            id = "huawei.account_id",
            long = "huawei-account-id",
            value_name = "ID",
            hide_short_help = true,
            value_parser = values::parse_huawei_account_id
        )
    )]
    #[serde(deserialize_with = "values::huawei_account_id")]
    #[schemars(regex(pattern = "^[0-9A-Fa-f]{32}$"))]
    pub account_id: String,
}

/// Whether signatures and permissions are checked.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "cli", derive(clap::Args), command(next_help_heading = "Clouds"))]
#[serde(default, deny_unknown_fields)]
pub struct AuthConfig {
    /// Check signatures: off, soft or strict
    ///
    /// off accepts any access key. strict rejects what the cloud would reject. soft accepts everything,
    /// and log and journal say what strict would have rejected. The access keys are the `access_key`
    /// tables of the configuration file; without any, the one that idouble env sets is accepted.
    #[cfg_attr(
        feature = "cli",
        arg(id = "auth.mode", long = "auth", value_name = "MODE", hide_short_help = true)
    )]
    pub mode: AuthMode,
    /// Region that AWS signatures must be for; any if it is not set
    #[cfg_attr(
        feature = "cli",
        arg(
            id = "auth.region",
            long = "auth-region",
            value_name = "REGION",
            hide_short_help = true
        )
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
}

/// HTTPS, on a port of its own.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "cli", derive(clap::Args), command(next_help_heading = "TLS"))]
#[serde(default, deny_unknown_fields)]
pub struct TlsConfig {
    /// Serve HTTPS, too, on a second port
    ///
    /// With a certificate that is generated at startup for localhost, *.localhost, 127.0.0.1 and ::1.
    /// `idouble ca` prints the CA that clients have to trust.
    #[cfg_attr(feature = "cli", arg(id = "tls.enabled", long = "tls", hide_short_help = true))]
    pub enabled: bool,
    /// Port for HTTPS; 0 picks a free one
    ///
    /// The default is the one after --port, or a free one if --port is 0.
    #[cfg_attr(
        feature = "cli",
        arg(id = "tls.port", long = "tls-port", value_name = "N", hide_short_help = true)
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// Additional name for the certificate
    ///
    /// A host name or an IP address, which requests may use as their Host; repeat it for several.
    #[cfg_attr(
        feature = "cli",
        arg(
            id = "tls.names",
            long = "tls-name",
            value_name = "NAME",
            hide_short_help = true,
            value_parser = values::parse_tls_name
        )
    )]
    #[serde(deserialize_with = "values::tls_names")]
    pub names: Vec<String>,
    /// Certificate to use instead of a generated one, in PEM
    ///
    /// With the certificates that it depends on, if any. Serves HTTPS as --tls does.
    #[cfg_attr(
        feature = "cli",
        arg(id = "tls.cert", long = "tls-cert", value_name = "FILE", hide_short_help = true)
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cert: Option<PathBuf>,
    /// Private key of --tls-cert, in PEM
    #[cfg_attr(
        feature = "cli",
        arg(id = "tls.key", long = "tls-key", value_name = "FILE", hide_short_help = true)
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<PathBuf>,
    /// Folder for an access key and the CA
    ///
    /// With --tls, the subfolder named for the HTTPS port gets `config`, `credentials`, `ca.pem` and
    /// `truststore.p12`, with an access key that is valid until the server stops. They are removed then.
    #[cfg_attr(
        feature = "cli",
        arg(
            id = "tls.credentials_dir",
            long = "credentials-dir",
            value_name = "DIR",
            hide_short_help = true
        )
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credentials_dir: Option<PathBuf>,
}

impl TlsConfig {
    /// Whether HTTPS is served.
    pub fn is_enabled(&self) -> bool {
        self.enabled || self.cert.is_some() || self.key.is_some()
    }
}

/// The SCIM dialect.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "cli", derive(clap::Args), command(next_help_heading = "Clouds"))]
#[serde(default, deny_unknown_fields)]
pub struct ScimConfig {
    /// Tokens that open SCIM: any or token
    ///
    /// any accepts every request. token accepts the token of AWS's tenants, and tokens that Huawei's
    /// CreateBearerToken has issued.
    #[cfg_attr(
        feature = "cli",
        arg(id = "scim.auth", long = "scim-auth", value_name = "MODE", hide_short_help = true)
    )]
    pub auth: ScimAuth,
    /// Token of AWS's SCIM tenants
    ///
    /// The default is drawn from the seed; idouble env prints it.
    #[cfg_attr(
        feature = "cli",
        arg(
            id = "scim.token",
            long = "scim-token",
            value_name = "TOKEN",
            hide_short_help = true,
            hide_env_values = true,
            value_parser = SecretParser.map(Secret::into_text)
        )
    )]
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "values::token")]
    #[schemars(with = "Option<String>", regex(pattern = "^[!-~]+$"))]
    pub token: Option<String>,
    /// Serve the stores' tenants as aws or rfc
    ///
    /// Each store also has a tenant of its own that is served as rfc.
    #[cfg_attr(
        feature = "cli",
        arg(
            id = "scim.profile",
            long = "scim-profile",
            value_name = "NAME",
            hide_short_help = true
        )
    )]
    pub profile: ScimProfile,
    /// Status of PutUser on AWS: 201 or 200
    #[cfg_attr(
        feature = "cli",
        arg(
            id = "scim.put_status",
            long = "scim-put-status",
            value_name = "STATUS",
            hide_short_help = true
        )
    )]
    pub put_status: PutStatus,
    /// State of a user without active
    ///
    /// disabled-by-put, enabled or disabled. With disabled-by-put, POST creates an enabled user.
    #[cfg_attr(
        feature = "cli",
        arg(
            id = "scim.absent_active",
            long = "scim-absent-active",
            value_name = "MODE",
            hide_short_help = true
        )
    )]
    pub absent_active: AbsentActive,
    /// Refuse or ignore attributes that the clouds lack
    ///
    /// refuse or ignore: photos, ims, entitlements, x509Certificates, password and groups.
    #[cfg_attr(
        feature = "cli",
        arg(
            id = "scim.unsupported",
            long = "scim-unsupported",
            value_name = "MODE",
            hide_short_help = true
        )
    )]
    pub unsupported: UnsupportedAttributes,
    /// Maximum page size of SCIM lists on AWS
    ///
    /// The older service has 50.
    #[cfg_attr(
        feature = "cli",
        arg(
            id = "scim.page_max",
            long = "scim-page-max",
            value_name = "N",
            hide_short_help = true
        )
    )]
    pub page_max: BoundedU64<1, 100>,
    /// Time after which PatchGroup finds a new group
    ///
    /// A time such as 100ms. Until then it returns 404.
    #[cfg_attr(
        feature = "cli",
        arg(id = "scim.lag", long = "scim-lag", value_name = "TIME", hide_short_help = true)
    )]
    pub lag: TimeSpan,
    /// Describe the problem in SCIM errors
    ///
    /// The clouds send one general text for each status.
    #[cfg_attr(
        feature = "cli",
        arg(id = "scim.verbose", long = "scim-verbose", hide_short_help = true)
    )]
    pub verbose: bool,
}

/// How names and e-mail addresses are compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "kebab-case")]
pub enum NameComparison {
    /// Byte for byte.
    #[default]
    Exact,
    /// Without regard to upper and lower case.
    IgnoreCase,
}

/// The lowest level that is logged.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum LogLevel {
    Off,
    Error,
    #[default]
    Warn,
    Info,
    Debug,
    Trace,
}

/// The format of log lines.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One line an event, as text.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 4747,
            port_file: None,
            ready_json: false,
            exit_with_stdin: false,
            allowed_hosts: Vec::new(),
            cors: Vec::new(),
            control_token: None,
            no_console: false,
            connections_max: BoundedU64::new(4096),
            fixtures: Vec::new(),
            watch: false,
            state: None,
            seed: 7,
            clock: ClockMode::System,
            faults: Vec::new(),
            presets: Vec::new(),
            wire_pure: false,
            fault_tables: Vec::new(),
            log: LogLevel::default(),
            log_format: LogFormat::default(),
            directory: DirectoryConfig::default(),
            quota: QuotaConfig::default(),
            journal: JournalConfig::default(),
            aws: AwsConfig::default(),
            huawei: HuaweiConfig::default(),
            auth: AuthConfig::default(),
            tls: TlsConfig::default(),
            access_keys: Vec::new(),
            scim: ScimConfig::default(),
            fault_file: None,
        }
    }
}

impl Default for DirectoryConfig {
    fn default() -> Self {
        Self { names: NameComparison::Exact, unknown_store: UnknownStorePolicy::Reject }
    }
}

impl Default for QuotaConfig {
    fn default() -> Self {
        let rules = StoreRules::default();
        Self { users: BoundedU64::new(rules.users_max), groups: BoundedU64::new(rules.groups_max) }
    }
}

impl Default for JournalConfig {
    fn default() -> Self {
        let settings = journal::JournalSettings::default();
        Self {
            entries: BoundedU64::new(settings.entries as u64),
            bytes: BoundedU64::new(settings.bytes as u64),
            bodies: settings.bodies,
        }
    }
}

impl Default for AwsConfig {
    fn default() -> Self {
        let account_id = "123456789012".to_owned();
        Self {
            model: Model::default(),
            filters: Filters::default(),
            assignment_delay: TimeSpan::default(),
            account_id,
        }
    }
}

impl Default for HuaweiConfig {
    fn default() -> Self {
        let account_id = "0123456789abcdef0123456789abcdef".to_owned();
        Self { error_prefix: ErrorPrefix::default(), account_id }
    }
}

impl Default for ScimConfig {
    fn default() -> Self {
        let settings = ScimSettings::default();
        Self {
            auth: settings.auth,
            token: settings.token,
            profile: settings.profile,
            put_status: settings.put_status,
            absent_active: settings.absent_active,
            unsupported: settings.unsupported,
            page_max: BoundedU64::new(settings.page_max as u64),
            lag: TimeSpan::default(),
            verbose: settings.verbose,
        }
    }
}

impl ScimConfig {
    /// The settings of the dialect.
    pub fn settings(&self) -> ScimSettings {
        ScimSettings {
            auth: self.auth,
            token: self.token.clone(),
            profile: self.profile,
            put_status: self.put_status,
            absent_active: self.absent_active,
            unsupported: self.unsupported,
            page_max: self.page_max.size(),
            lag_ms: self.lag.as_millis(),
            verbose: self.verbose,
        }
    }
}

impl Config {
    /// The files that are loaded: the state file if it exists, else the fixtures.
    pub fn files(&self) -> &[PathBuf] {
        match &self.state {
            Some(file) if file.exists() => std::slice::from_ref(file),
            Some(_) | None => &self.fixtures,
        }
    }
}

/// The JSON Schema of the configuration file, draft 2020-12.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Config).to_value()
}
