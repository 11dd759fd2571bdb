//! The Security Token Service: the identity of the caller. Requests and responses are those of the query protocol.

use http::Method;

use crate::dialect::{Args, Head, Json, Locations, Matched, Request, Route, route};
use crate::domain::{Command, Operation, draw};

use super::AwsSettings;
use super::credential::access_key;
use super::query::{self, element};
use super::service::AwsService;

/// The version of the API.
pub const VERSION: &str = "2011-06-15";

/// The namespace of responses and errors.
pub const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// The operations that are served.
pub const ROUTES: &[Route] = &[route(
    Operation::GetCallerIdentity,
    AwsService::Sts.route_name(),
    Method::POST,
    "/",
    200,
    Locations::NONE,
    get_caller_identity,
)];

/// The route of a request of the query protocol; `None` if it is another one.
pub fn find(request: &Request) -> Option<Matched<'_>> {
    let params = query::params(&request.head, &request.body)?;
    let has =
        |name: &str, text: &str| params.iter().any(|(key, value)| key == name && value == text);
    let route = ROUTES
        .iter()
        .find(|route| has("Action", route.operation.name()) && has("Version", VERSION))?;
    Some(Matched::new(route, &request.head, Json::Null, params))
}

/// The route that the query of a GET names.
pub fn find_by_head(head: &Head) -> Option<&'static Route> {
    let params = query::params(head, b"")?;
    let (_, action) = params.iter().find(|(key, _)| key == "Action")?;
    ROUTES.iter().find(|route| route.operation.name() == action)
}

fn get_caller_identity(_args: &Args<'_>) -> Command {
    Command::DescribeAccount
}

/// The body of GetCallerIdentity. The account is that of the access key or, if it has none of its own, the
/// access key itself if that is 12 digits, as other emulators do. Assumed: the caller is a user named
/// `idouble`.
pub fn caller_identity(
    settings: &AwsSettings,
    account: &str,
    request_id: &str,
    head: &Head,
) -> String {
    let is_account = |key: &&str| key.len() == 12 && key.bytes().all(|byte| byte.is_ascii_digit());
    let account = match account == settings.account_id {
        true => access_key(head).filter(is_account).unwrap_or(account),
        false => account,
    };
    let arn = element("Arn", &user_arn(account));
    let user_id = element("UserId", &user_id(account));
    let account = element("Account", account);
    let request_id = element("RequestId", request_id);
    format!(
        "<GetCallerIdentityResponse xmlns=\"{NAMESPACE}\"><GetCallerIdentityResult>{arn}{user_id}{account}</GetCallerIdentityResult><ResponseMetadata>{request_id}</ResponseMetadata></GetCallerIdentityResponse>"
    )
}

/// The ARN of the caller.
pub fn user_arn(account: &str) -> String {
    format!("arn:aws:iam::{account}:user/idouble")
}

/// `AIDA` and 17 characters, as IAM numbers users.
fn user_id(account: &str) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let letters = (0..17).map(|n| char::from(LETTERS[(draw(0, account, n) % 32) as usize]));
    "AIDA".chars().chain(letters).collect()
}
