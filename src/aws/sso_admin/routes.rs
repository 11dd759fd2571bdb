//! The operations of sso-admin that are served.

use http::Method;

use crate::aws::service::AwsService;
use crate::dialect::Location::Body;
use crate::dialect::Step::Member;
use crate::dialect::{Args, Locations, Route, route};
use crate::domain::{Command, Operation as Op};

use super::requests;

const INSTANCE: Locations = Locations::NONE.instance(Body(&[Member("InstanceArn")]));
const RESOURCE: Locations = Locations::NONE.instance(Body(&[Member("ResourceArn")]));

/// Every operation that is served.
pub const ROUTES: &[Route] = &[
    row(Op::ListInstances, Locations::NONE, requests::list_instances),
    row(Op::DescribeInstance, INSTANCE, requests::describe_instance),
    row(Op::ListPermissionSets, INSTANCE, requests::list_permission_sets),
    row(Op::DescribePermissionSet, INSTANCE, requests::describe_permission_set),
    row(
        Op::ListPermissionSetsProvisionedToAccount,
        INSTANCE,
        requests::list_permission_sets_provisioned_to_account,
    ),
    row(
        Op::ListAccountsForProvisionedPermissionSet,
        INSTANCE,
        requests::list_accounts_for_provisioned_permission_set,
    ),
    row(Op::ListAccountAssignments, INSTANCE, requests::list_account_assignments),
    row(
        Op::ListAccountAssignmentsForPrincipal,
        INSTANCE,
        requests::list_account_assignments_for_principal,
    ),
    row(Op::CreateAccountAssignment, INSTANCE, requests::create_account_assignment),
    row(Op::DeleteAccountAssignment, INSTANCE, requests::delete_account_assignment),
    row(
        Op::DescribeAccountAssignmentCreationStatus,
        INSTANCE,
        requests::describe_account_assignment_creation_status,
    ),
    row(
        Op::DescribeAccountAssignmentDeletionStatus,
        INSTANCE,
        requests::describe_account_assignment_deletion_status,
    ),
    row(Op::ListTagsForResource, RESOURCE, requests::list_tags_for_resource),
    row(Op::GetInlinePolicyForPermissionSet, INSTANCE, requests::describe_permission_set),
    row(Op::ListManagedPoliciesInPermissionSet, INSTANCE, requests::list_managed_policies),
    row(
        Op::ListCustomerManagedPolicyReferencesInPermissionSet,
        INSTANCE,
        requests::list_customer_managed_policies,
    ),
];

const fn row(operation: Op, locations: Locations, decode: fn(&Args<'_>) -> Command) -> Route {
    let service = AwsService::SsoAdmin.route_name();
    route(operation, service, Method::POST, "/", 200, locations, decode)
}
