//! Organizations: the accounts around an identity store.

use http::Method;
use std::ops::RangeInclusive;

use crate::dialect::{Args, Limit, Locations, ObjectWriter, Route, page_token, route};
use crate::domain::{
    Account, ApiError, Command, Operation as Op, Organization, OrganizationOutcome,
    OrganizationQuery, PageRequest, Rejection,
};

use super::limits::limit;
use super::params::list_scope;
use super::service::AwsService;

/// The operations that are served.
pub const ROUTES: &[Route] = &[
    row(Op::ListAccounts, list_accounts),
    row(Op::DescribeAccount, describe_account),
    row(Op::DescribeOrganization, describe_organization),
    row(Op::ListRoots, list_roots),
    row(Op::ListOrganizationalUnitsForParent, list_organizational_units),
];

const fn row(operation: Op, decode: fn(&Args<'_>) -> Command) -> Route {
    let service = AwsService::Organizations.route_name();
    route(operation, service, Method::POST, "/", 200, Locations::NONE, decode)
}

// Source: organizations 2016-11-28 (botocore 1.44).
static ACCOUNT_ID: Limit = limit("AccountId", 0, 12, r"^\d{12}$");
static NEXT_TOKEN: Limit = limit("NextToken", 0, 100_000, r"[\s\S]*");
static PARENT_ID: Limit =
    limit("ParentId", 0, 100, "^(r-[0-9a-z]{4,32})|(ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})$");
const MAX_RESULTS: RangeInclusive<i64> = 1..=20;

fn list_accounts(args: &Args<'_>) -> Command {
    Command::Organization(OrganizationQuery::ListAccounts(page(args, Op::ListAccounts)))
}

fn describe_account(args: &Args<'_>) -> Command {
    let account = args.required_text("AccountId", &ACCOUNT_ID).into();
    Command::Organization(OrganizationQuery::DescribeAccount(account))
}

fn describe_organization(_args: &Args<'_>) -> Command {
    Command::Organization(OrganizationQuery::Describe)
}

fn list_roots(args: &Args<'_>) -> Command {
    page(args, Op::ListRoots);
    Command::Organization(OrganizationQuery::Describe)
}

fn list_organizational_units(args: &Args<'_>) -> Command {
    let parent = args.required_text("ParentId", &PARENT_ID).to_owned();
    page(args, Op::ListOrganizationalUnitsForParent);
    Command::Organization(OrganizationQuery::ListUnits(parent))
}

fn page(args: &Args<'_>, operation: Op) -> PageRequest {
    let token = args.optional_text("NextToken", &NEXT_TOKEN);
    let most = args.optional_integer("MaxResults", &MAX_RESULTS).unwrap_or(*MAX_RESULTS.end());
    let after = token.and_then(|token| {
        let position = page_token::decode(&list_scope(operation, None, ""), token);
        if position.is_none() {
            args.violations().reject(ApiError::Rejected(Rejection::InvalidToken));
        }
        position
    });
    PageRequest { limit: usize::try_from(most).unwrap_or(1), after }
}

/// Writes a success.
pub fn write(object: &mut ObjectWriter<'_>, operation: Op, outcome: &OrganizationOutcome) {
    let OrganizationOutcome { organization, accounts } = outcome;
    match operation {
        Op::ListAccounts => {
            object.list("Accounts", &accounts.items, |object, one| {
                account(object, organization, one);
            });
            let scope = list_scope(operation, None, "");
            let token = accounts.next.map(|position| page_token::encode(&scope, position));
            object.optional_text("NextToken", token.as_deref());
        }
        Op::DescribeAccount => {
            if let Some(found) = accounts.items.first() {
                object.object("Account", |object| account(object, organization, found));
            }
        }
        Op::ListRoots => {
            object.list("Roots", [organization], |object, organization| {
                object.text("Id", &organization.root_id);
                let path = format!("root/{}/{}", organization.id, organization.root_id);
                object.text("Arn", &arn(organization, &path));
                object.text("Name", "Root");
                object.texts("PolicyTypes", []);
            });
        }
        Op::ListOrganizationalUnitsForParent => object.texts("OrganizationalUnits", []),
        _ => object.object("Organization", |object| describe(object, organization)),
    }
}

fn describe(object: &mut ObjectWriter<'_>, organization: &Organization) {
    let management = &organization.management;
    object.text("Id", &organization.id);
    object.text("Arn", &arn(organization, &format!("organization/{}", organization.id)));
    object.text("FeatureSet", "ALL");
    object.text("MasterAccountArn", &account_arn(organization, management));
    object.text("MasterAccountId", management.id.as_str());
    object.text("MasterAccountEmail", &management.email);
    object.texts("AvailablePolicyTypes", []);
}

/// Assumed: every account was created in the organization, and is below its root.
fn account(object: &mut ObjectWriter<'_>, organization: &Organization, account: &Account) {
    let status = if account.suspended { "SUSPENDED" } else { "ACTIVE" };
    let is_management = account.id == organization.management.id;
    object.text("Id", account.id.as_str());
    object.text("Arn", &account_arn(organization, account));
    object.text("Email", &account.email);
    object.text("Name", &account.name);
    object.text("Status", status);
    object.text("State", status);
    let path = format!("{}/{}/{}/", organization.id, organization.root_id, account.id);
    object.texts("Paths", [path.as_str()]);
    object.text("JoinedMethod", if is_management { "INVITED" } else { "CREATED" });
    object.seconds("JoinedTimestamp", account.joined_at.0);
}

fn account_arn(organization: &Organization, account: &Account) -> String {
    arn(organization, &format!("account/{}/{}", organization.id, account.id))
}

fn arn(organization: &Organization, path: &str) -> String {
    format!("arn:aws:organizations::{}:{path}", organization.management.id)
}
