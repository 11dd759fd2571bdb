//! Requests to other services that clients send before those to a store: instances of Identity Center,
//! domains and projects of IAM, the caller identity of STS.

use crate::dialect::Args;
use crate::dialect::route::instance_number;
use crate::domain::{AccessQuery, ApiError, Command, InstanceRef, Operation, ResourceKind};

use super::super::REGION;
use super::super::limits::{ANY_ID, PROJECT_NAME};
use super::super::params::{list_scope, page};

/// Lists the instances. Every store has its own instance. Source: docs/huawei-behaviour.md §1, `GET /v1/instances`.
pub fn list_instances(args: &Args<'_>) -> Command {
    Command::ListIdentityStores(page(args, &list_scope(Operation::ListInstances, None, "")))
}

/// Source: docs/huawei-behaviour.md §7, `GET /v3/projects?name=<region>`. Assumed: without a name,
/// the project of the default region.
pub fn find_project(args: &Args<'_>) -> Command {
    let name = args.optional_param("name", &PROJECT_NAME);
    Command::FindProject(name.unwrap_or(REGION).to_owned())
}

/// Decodes an operation without arguments whose response describes the account.
pub fn describe_account(_args: &Args<'_>) -> Command {
    Command::DescribeAccount
}

/// Assumed: an id in another form matches no instance.
pub fn describe_instance(args: &Args<'_>) -> Command {
    let id = args.required_param("instance_id", &ANY_ID);
    let number = instance_number(id).filter(|_| id.starts_with("ins-"));
    if number.is_none() {
        args.violations().reject(ApiError::not_found(ResourceKind::Instance, id));
    }
    let instance = InstanceRef { number: number.unwrap_or_default(), text: id.to_owned() };
    Command::Access(instance, AccessQuery::DescribeInstance)
}
