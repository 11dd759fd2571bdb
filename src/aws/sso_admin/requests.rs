//! Decodes requests of sso-admin into commands. Members are read in the model's order, which is the
//! order in which an error lists violations.

use crate::aws::params::list_scope;
use crate::dialect::route::instance_number;
use crate::dialect::{Args, JsonObject, json, page_token};
use crate::domain::{
    AccessChange, AccessQuery, AccountAssignment, ApiError, AssignmentAction, Command, InstanceRef,
    Operation as Op, PageRequest, PermissionSetId, Principal, Rejection, ResourceKind,
};

use super::arn::{instance_of, permission_set_id};
use super::limits::{
    ACCOUNT_ID, INSTANCE_ARN, INSTANCES_MAX, MAX_RESULTS, PERMISSION_SET_ARN, PRINCIPAL_ID,
    PRINCIPAL_TYPES, PROVISIONING_STATUSES, REGION_SCOPES, REQUEST_ID, TAGGABLE_RESOURCE_ARN,
    TARGET_ID, TARGET_TYPES, TOKEN,
};

/// Assumed: all stores are in the Region of the request.
pub fn list_instances(args: &Args<'_>) -> Command {
    let page = page(args, Op::ListInstances);
    args.optional_choice("RegionScope", REGION_SCOPES);
    Command::ListIdentityStores(PageRequest { limit: page.limit.min(INSTANCES_MAX), ..page })
}

pub fn describe_instance(args: &Args<'_>) -> Command {
    Command::Access(instance(args), AccessQuery::DescribeInstance)
}

pub fn list_permission_sets(args: &Args<'_>) -> Command {
    let instance = instance(args);
    let page = page(args, Op::ListPermissionSets);
    Command::Access(instance, AccessQuery::ListPermissionSets(page))
}

/// Decodes each operation that shows one permission set, or a part of it.
pub fn describe_permission_set(args: &Args<'_>) -> Command {
    let instance = instance(args);
    let permission_set = permission_set(args, &instance);
    Command::Access(instance, AccessQuery::DescribePermissionSet(permission_set))
}

/// Assumed: every permission set is provisioned in its newest version, so that none has another status.
pub fn list_permission_sets_provisioned_to_account(args: &Args<'_>) -> Command {
    let instance = instance(args);
    let account = args.required_text("AccountId", &ACCOUNT_ID).into();
    let status = args.optional_choice("ProvisioningStatus", PROVISIONING_STATUSES);
    let page = of_status(page(args, Op::ListPermissionSetsProvisionedToAccount), status);
    Command::Access(instance, AccessQuery::ListPermissionSetsOfAccount { account, page })
}

/// Assumed: as [`list_permission_sets_provisioned_to_account`].
pub fn list_accounts_for_provisioned_permission_set(args: &Args<'_>) -> Command {
    let instance = instance(args);
    let permission_set = permission_set(args, &instance);
    let status = args.optional_choice("ProvisioningStatus", PROVISIONING_STATUSES);
    let page = of_status(page(args, Op::ListAccountsForProvisionedPermissionSet), status);
    Command::Access(instance, AccessQuery::ListAccountsOfPermissionSet { permission_set, page })
}

/// The page, or an empty one if no permission set has this status.
fn of_status(page: PageRequest, status: Option<&str>) -> PageRequest {
    match status {
        // No item is after the last position.
        Some("LATEST_PERMISSION_SET_NOT_PROVISIONED") => {
            PageRequest { after: Some(u64::MAX), ..page }
        }
        _ => page,
    }
}

pub fn list_account_assignments(args: &Args<'_>) -> Command {
    let instance = instance(args);
    let account = args.required_text("AccountId", &TARGET_ID).into();
    let permission_set = permission_set(args, &instance);
    let page = page(args, Op::ListAccountAssignments);
    Command::Access(instance, AccessQuery::ListAssignments { account, permission_set, page })
}

pub fn list_account_assignments_for_principal(args: &Args<'_>) -> Command {
    let instance = instance(args);
    let principal = principal(args);
    let account = args.optional_record("Filter", |args| {
        args.optional_text("AccountId", &ACCOUNT_ID).map(Into::into)
    });
    let account = account.flatten();
    let page = page(args, Op::ListAccountAssignmentsForPrincipal);
    Command::Access(instance, AccessQuery::ListAssignmentsOfPrincipal { principal, account, page })
}

pub fn create_account_assignment(args: &Args<'_>) -> Command {
    change_assignment(args, AssignmentAction::Create)
}

pub fn delete_account_assignment(args: &Args<'_>) -> Command {
    change_assignment(args, AssignmentAction::Delete)
}

fn change_assignment(args: &Args<'_>, action: AssignmentAction) -> Command {
    let instance = instance(args);
    let account = args.required_text("TargetId", &TARGET_ID).into();
    required_choice(args, "TargetType", TARGET_TYPES);
    // The ARN of another instance names no permission set; the request fails later.
    let arn = args.required_text("PermissionSetArn", &PERMISSION_SET_ARN);
    let permission_set = permission_set_id(arn, &instance.text).unwrap_or(arn).into();
    let kind = required_choice(args, "PrincipalType", PRINCIPAL_TYPES);
    let principal = principal_of(kind, args.required_text("PrincipalId", &PRINCIPAL_ID));
    let assignment = AccountAssignment { account, permission_set, principal };
    Command::ChangeAccess(instance, AccessChange { action, assignment })
}

pub fn describe_account_assignment_creation_status(args: &Args<'_>) -> Command {
    let instance = instance(args);
    let id = args.required_text("AccountAssignmentCreationRequestId", &REQUEST_ID).into();
    let action = AssignmentAction::Create;
    Command::Access(instance, AccessQuery::DescribeAssignmentRequest { id, action })
}

pub fn describe_account_assignment_deletion_status(args: &Args<'_>) -> Command {
    let instance = instance(args);
    let id = args.required_text("AccountAssignmentDeletionRequestId", &REQUEST_ID).into();
    let action = AssignmentAction::Delete;
    Command::Access(instance, AccessQuery::DescribeAssignmentRequest { id, action })
}

/// Instances have no tags here. Assumed: nor have applications, which are unknown.
pub fn list_tags_for_resource(args: &Args<'_>) -> Command {
    args.optional_text("InstanceArn", &INSTANCE_ARN);
    let arn = args.required_text("ResourceArn", &TAGGABLE_RESOURCE_ARN);
    if args.optional_text("NextToken", &TOKEN).is_some() {
        invalid_token(args); // All tags are on one page.
    }
    let instance_arn = instance_of(arn);
    let instance = instance_arn.as_deref().unwrap_or(arn);
    let instance = find_instance(args, instance);
    let query = match permission_set_id(arn, &instance.text) {
        Some(id) => AccessQuery::DescribePermissionSet(id.into()),
        None => AccessQuery::DescribeInstance,
    };
    Command::Access(instance, query)
}

pub fn list_managed_policies(args: &Args<'_>) -> Command {
    list_policies(args, Op::ListManagedPoliciesInPermissionSet)
}

pub fn list_customer_managed_policies(args: &Args<'_>) -> Command {
    list_policies(args, Op::ListCustomerManagedPolicyReferencesInPermissionSet)
}

/// The response pages the list.
fn list_policies(args: &Args<'_>, operation: Op) -> Command {
    let command = describe_permission_set(args);
    page(args, operation);
    command
}

fn instance(args: &Args<'_>) -> InstanceRef {
    find_instance(args, args.required_text("InstanceArn", &INSTANCE_ARN))
}

/// Assumed: an ARN of another form or partition is that of no instance.
fn find_instance(args: &Args<'_>, arn: &str) -> InstanceRef {
    let own = arn.strip_prefix("arn:aws:sso:::instance/ssoins-");
    let number = own.and_then(|_| instance_number(arn));
    if number.is_none() {
        args.violations().reject(ApiError::not_found(ResourceKind::Instance, arn));
    }
    InstanceRef { number: number.unwrap_or_default(), text: arn.to_owned() }
}

fn permission_set(args: &Args<'_>, instance: &InstanceRef) -> PermissionSetId {
    let arn = args.required_text("PermissionSetArn", &PERMISSION_SET_ARN);
    match permission_set_id(arn, &instance.text) {
        Some(id) => id.into(),
        None => {
            args.violations().reject(ApiError::not_found(ResourceKind::PermissionSet, arn));
            arn.into()
        }
    }
}

fn principal(args: &Args<'_>) -> Principal {
    let id = args.required_text("PrincipalId", &PRINCIPAL_ID);
    principal_of(required_choice(args, "PrincipalType", PRINCIPAL_TYPES), id)
}

fn principal_of(kind: &str, id: &str) -> Principal {
    match kind {
        "GROUP" => Principal::Group(id.into()),
        _ => Principal::User(id.into()),
    }
}

fn required_choice<'a>(args: &Args<'a>, name: &str, choices: &'static [&'static str]) -> &'a str {
    args.require(name);
    args.optional_choice(name, choices).unwrap_or_default()
}

/// The list that a page token belongs to: of one operation and of what the request names.
pub fn scope(operation: Op, request: Option<&JsonObject<'_>>) -> String {
    let member = |name| json::member(request?, name)?.as_str();
    let names = ["InstanceArn", "AccountId", "PermissionSetArn", "PrincipalId"].map(member);
    let owner: Vec<_> = names.into_iter().flatten().collect();
    list_scope(operation, None, &owner.join(" "))
}

fn page(args: &Args<'_>, operation: Op) -> PageRequest {
    let most = args.optional_integer("MaxResults", &MAX_RESULTS).unwrap_or(*MAX_RESULTS.end());
    let after = args.optional_text("NextToken", &TOKEN).and_then(|token| {
        let position = page_token::decode(&scope(operation, args.object()), token);
        if position.is_none() {
            invalid_token(args);
        }
        position
    });
    PageRequest { limit: usize::try_from(most).unwrap_or(1), after }
}

fn invalid_token(args: &Args<'_>) {
    args.violations().reject(ApiError::Rejected(Rejection::InvalidToken));
}
