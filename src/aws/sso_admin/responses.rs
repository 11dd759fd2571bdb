//! Writes successful responses of sso-admin. Times are in seconds; absent members are omitted.

use crate::aws::AwsSettings;
use crate::aws::arn::store_arn;
use crate::aws::credential::signed_region;
use crate::dialect::{Json, Matched, ObjectWriter, page_token};
use crate::domain::{
    AccessOutcome, AccountAssignment, AssignmentFailure, AssignmentStatus, CustomerManagedPolicy,
    IdentityStoreId, Instance, Operation as Op, Page, PermissionSet, Principal, draw,
};

use super::arn::{instance_arn, permission_set_arn};
use super::limits::MAX_RESULTS;
use super::requests::scope;

/// The Region of instances if the request is not signed.
const DEFAULT_REGION: &str = "us-east-1";

/// 2024-01-01T00:00:00Z.
const FIRST_INSTANCE_MS: i64 = 1_704_067_200_000;

/// Writes a page of instances.
pub fn instances(
    object: &mut ObjectWriter<'_>,
    settings: &AwsSettings,
    matched: &Matched<'_>,
    page: &Page<IdentityStoreId>,
) {
    object.list("Instances", &page.items, |object, store| {
        instance_members(object, settings, matched, store);
    });
    next_token(object, matched, page.next);
}

/// Writes one instance. Assumed: the encryption, and that there are no tags.
pub fn instance(
    object: &mut ObjectWriter<'_>,
    settings: &AwsSettings,
    matched: &Matched<'_>,
    instance: &Instance,
) {
    if matched.route.operation == Op::ListTagsForResource {
        return object.list("Tags", [], |_, _: ()| {});
    }
    instance_members(object, settings, matched, &instance.store);
    object.object("EncryptionConfigurationDetails", |object| {
        object.text("KeyType", "AWS_OWNED_KMS_KEY");
        object.text("EncryptionStatus", "ENABLED");
    });
    object.flag("PermissionSetsEnabled", true);
}

/// Assumed: an instance is active in the Region of the request, which is its only one; its time of
/// creation follows from its store's id.
fn instance_members(
    object: &mut ObjectWriter<'_>,
    settings: &AwsSettings,
    matched: &Matched<'_>,
    store: &IdentityStoreId,
) {
    const YEAR_MS: u64 = 365 * 24 * 60 * 60 * 1000;
    let age_ms = i64::try_from(draw(0, store.as_str(), 1) % YEAR_MS).unwrap_or(0);
    let created_ms = FIRST_INSTANCE_MS + age_ms;
    let region = signed_region(matched.head).unwrap_or(DEFAULT_REGION);
    object.text("InstanceArn", &instance_arn(store));
    object.text("IdentityStoreId", store.as_str());
    object.text("IdentityStoreArn", &store_arn(&settings.account_id, store.as_str()));
    object.text("OwnerAccountId", &settings.account_id);
    object.text("Name", store.as_str());
    object.seconds("CreatedDate", created_ms);
    object.text("Status", "ACTIVE");
    object.text("PrimaryRegion", region);
    object.list("Regions", [region], |object, region| {
        object.text("RegionName", region);
        object.text("Status", "ACTIVE");
        object.seconds("AddedDate", created_ms);
        object.flag("IsPrimaryRegion", true);
    });
}

/// Writes the result of a query or change of access.
pub fn access(object: &mut ObjectWriter<'_>, matched: &Matched<'_>, outcome: &AccessOutcome) {
    let instance = matched.instance_number().unwrap_or_default();
    match outcome {
        AccessOutcome::PermissionSets(page) => {
            let sets = page.items.iter();
            let arns: Vec<_> = sets.map(|set| permission_set_arn(instance, &set.id)).collect();
            object.texts("PermissionSets", arns.iter().map(String::as_str));
            next_token(object, matched, page.next);
        }
        AccessOutcome::PermissionSet(set) => permission_set(object, matched, instance, set),
        AccessOutcome::Accounts(page) => {
            object.texts("AccountIds", page.items.iter().map(|account| account.as_str()));
            next_token(object, matched, page.next);
        }
        AccessOutcome::Assignments(page) => {
            object.list("AccountAssignments", &page.items, |object, assignment| {
                object.text("AccountId", assignment.account.as_str());
                let arn = permission_set_arn(instance, &assignment.permission_set);
                object.text("PermissionSetArn", &arn);
                object.text("PrincipalType", principal_type(&assignment.principal));
                object.text("PrincipalId", assignment.principal.id());
            });
            next_token(object, matched, page.next);
        }
        AccessOutcome::AssignmentStatus(found) => {
            let name = match matched.route.operation {
                Op::CreateAccountAssignment | Op::DescribeAccountAssignmentCreationStatus => {
                    "AccountAssignmentCreationStatus"
                }
                _ => "AccountAssignmentDeletionStatus",
            };
            object.object(name, |object| status(object, instance, found));
        }
    }
}

/// Writes a permission set, or the part of it that the operation shows.
fn permission_set(
    object: &mut ObjectWriter<'_>,
    matched: &Matched<'_>,
    instance: u64,
    set: &PermissionSet,
) {
    match matched.route.operation {
        Op::ListTagsForResource => {
            object.list("Tags", &set.tags, |object, (key, value)| {
                object.text("Key", key);
                object.text("Value", value);
            });
        }
        // Source: Terraform's provider, which takes an empty policy for none.
        Op::GetInlinePolicyForPermissionSet => {
            object.text("InlinePolicy", set.inline_policy.as_deref().unwrap_or_default());
        }
        Op::ListManagedPoliciesInPermissionSet => {
            let (policies, next) = policy_page(matched, &set.managed_policies);
            object.list("AttachedManagedPolicies", policies, |object, arn| {
                object.text("Name", arn.rsplit('/').next().unwrap_or(arn));
                object.text("Arn", arn);
            });
            next_token(object, matched, next);
        }
        Op::ListCustomerManagedPolicyReferencesInPermissionSet => {
            let (policies, next) = policy_page(matched, &set.customer_managed_policies);
            let name = "CustomerManagedPolicyReferences";
            object.list(name, policies, |object, policy: &CustomerManagedPolicy| {
                object.text("Name", &policy.name);
                object.text("Path", &policy.path);
            });
            next_token(object, matched, next);
        }
        _ => object.object("PermissionSet", |object| {
            object.text("Name", &set.name);
            object.text("PermissionSetArn", &permission_set_arn(instance, &set.id));
            object.optional_text("Description", set.description.as_deref());
            object.seconds("CreatedDate", set.created_at.0);
            object.text("SessionDuration", &set.session_duration);
            object.optional_text("RelayState", set.relay_state.as_deref());
        }),
    }
}

/// The page of a permission set's policies that a request asks for, and the position of its last one if
/// more follow. The decoder has checked the request.
fn policy_page<'a, T>(matched: &Matched<'_>, policies: &'a [T]) -> (&'a [T], Option<u64>) {
    let most = matched.member("MaxResults").and_then(Json::as_i64);
    let most = most.unwrap_or(*MAX_RESULTS.end());
    let scope = scope(matched.route.operation, matched.body.as_object());
    let token = matched.member("NextToken").and_then(Json::as_str);
    let after = token.and_then(|token| page_token::decode(&scope, token));
    let from = after.map_or(0, |after| usize::try_from(after).unwrap_or(usize::MAX) + 1);
    let from = from.min(policies.len());
    let to = from.saturating_add(usize::try_from(most).unwrap_or(1)).min(policies.len());
    let next = (to < policies.len()).then(|| to as u64 - 1);
    (&policies[from..to], next)
}

fn status(object: &mut ObjectWriter<'_>, instance: u64, status: &AssignmentStatus) {
    let request = &status.request;
    let AccountAssignment { account, permission_set, principal } = &request.assignment;
    object.text(
        "Status",
        match (status.is_done, request.failure) {
            (false, _) => "IN_PROGRESS",
            (true, None) => "SUCCEEDED",
            (true, Some(_)) => "FAILED",
        },
    );
    object.text("RequestId", request.id.as_str());
    if let Some(failure) = request.failure.filter(|_| status.is_done) {
        object.text("FailureReason", &failure_reason(failure, principal.id()));
    }
    object.text("TargetId", account.as_str());
    object.text("TargetType", "AWS_ACCOUNT");
    // A permission set that the request names wrongly is shown as it was sent.
    if permission_set.as_str().starts_with("arn:") {
        object.text("PermissionSetArn", permission_set.as_str());
    } else {
        object.text("PermissionSetArn", &permission_set_arn(instance, permission_set));
    }
    object.text("PrincipalType", principal_type(principal));
    object.text("PrincipalId", principal.id());
    object.seconds("CreatedDate", request.created_at.0);
}

/// Assumed: the texts.
fn failure_reason(failure: AssignmentFailure, principal: &str) -> String {
    match failure {
        AssignmentFailure::UnknownUser => format!("User {principal} does not exist"),
        AssignmentFailure::UnknownGroup => format!("Group {principal} does not exist"),
        AssignmentFailure::UnknownPermissionSet => "The permission set does not exist".to_owned(),
        AssignmentFailure::UnknownAssignment => "The account assignment does not exist".to_owned(),
    }
}

fn principal_type(principal: &Principal) -> &'static str {
    match principal {
        Principal::User(_) => "USER",
        Principal::Group(_) => "GROUP",
    }
}

fn next_token(object: &mut ObjectWriter<'_>, matched: &Matched<'_>, next: Option<u64>) {
    let token = next.map(|position| {
        let scope = scope(matched.route.operation, matched.body.as_object());
        page_token::encode(&scope, position)
    });
    object.optional_text("NextToken", token.as_deref());
}
