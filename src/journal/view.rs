//! A journal entry as clients see it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A journal entry as it is shown: secrets are hidden, control characters are escaped. A member is null if
/// the request has no such value.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "JournalEntry")]
#[non_exhaustive]
pub struct EntryView {
    /// Number of the entry, from 1.
    #[schemars(range(min = 1))]
    pub seq: u64,
    /// Time of arrival, by the service's clock.
    pub time: String,
    /// `aws`, `huawei` or `scim`.
    pub dialect: String,
    /// The operation, such as `UpdateUser`.
    pub operation: Option<String>,
    /// The id of the store in the request.
    pub store: Option<String>,
    /// The id of the user in the request.
    pub user: Option<String>,
    /// The user name of that user now, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
    /// The id of the group in the request.
    pub group: Option<String>,
    /// The display name of that group now, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_name: Option<String>,
    /// `x-idouble-session`, else the access key id.
    pub session: Option<String>,
    /// The attempt that the SDK counted, from 1.
    pub attempt: Option<u32>,
    /// The request id in the response.
    pub request_id: String,
    /// The method.
    pub method: String,
    /// Path and query.
    pub path: Option<String>,
    /// The status of the response.
    pub status: Option<u16>,
    /// The vendor's error code, else the neutral name.
    pub error: Option<String>,
    /// The neutral name of the error, such as `not_found`.
    pub kind: Option<String>,
    /// The id of the fault rule that fired.
    pub fault: Option<String>,
    /// Why the caller was rejected, or would have been in mode `strict`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<String>,
    /// Duration in microseconds.
    pub duration_us: u64,
    /// The request's body: JSON, or its size if it is not JSON.
    pub request: Value,
    /// The response's body: JSON, or its size if it is not JSON.
    pub response: Value,
    /// Whether the bodies were left out because they are too large.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stripped: bool,
}

impl EntryView {
    /// The entry in one line, without its bodies.
    ///
    /// ```
    /// use std::io::{Read as _, Write as _};
    ///
    /// let emulator = idouble::Emulator::start()?;
    /// let mut client = std::net::TcpStream::connect(("127.0.0.1", emulator.port()))?;
    /// client.write_all(b"GET /v1/identity-stores/d-1234567890/users HTTP/1.0\r\n\r\n")?;
    /// client.read_to_string(&mut String::new())?;
    /// let requests = emulator.received_requests();
    /// assert_eq!(requests[0].operation.as_deref(), Some("ListUsers"));
    /// assert_eq!(requests[0].line(), "#1 huawei:ListUsers store=d-1234567890 -> 200");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn line(&self) -> String {
        let operation = self.operation.as_deref().unwrap_or("(no operation)");
        let mut line = format!("#{} {}:{operation}", self.seq, self.dialect);
        for (name, value) in [
            ("store", &self.store),
            ("user", &self.user),
            ("group", &self.group),
            ("session", &self.session),
        ] {
            if let Some(value) = value {
                line += &format!(" {name}={value}");
            }
        }
        match self.status {
            Some(status) => line += &format!(" -> {status}"),
            None => line += " -> no response",
        }
        if let Some(error) = &self.error {
            line += &format!(" {error}");
        }
        if let Some(fault) = &self.fault {
            line += &format!(" (fault {fault})");
        }
        line
    }
}
