//! sso-admin, Organizations and STS: each operation that is served succeeds, and fails as its modelled error.

use aws_sdk_organizations::Error as OrganizationsError;
use aws_sdk_ssoadmin::Error as SsoAdminError;
use aws_sdk_ssoadmin::error::ProvideErrorMetadata;
use aws_sdk_ssoadmin::types::{PrincipalType, StatusValues, TargetType};

use crate::server::{MISSING, STORE, Server};

const MANAGEMENT: &str = "123456789012";
const PRODUCTION: &str = "210987654321";
const UNKNOWN_INSTANCE: &str = "arn:aws:sso:::instance/ssoins-ffffffffffffffff";
/// Alice of the default fixture.
const ALICE: &str = "f384e872-8021-70c4-796b-a1180c595771";

/// The output of each call, which must succeed.
macro_rules! outputs {
    ($($call:expr),+ $(,)?) => {
        ($($call.send().await.expect(stringify!($call)),)+)
    };
}

/// Checks that each call fails with this variant of the service's error.
macro_rules! assert_fails {
    ($error:path: $($call:expr),+ $(,)?) => {
        $(match $call.send().await.expect_err(stringify!($call)).into() {
            $error(error) => assert!(error.message().is_some_and(|text| !text.is_empty())),
            other => panic!("{}: {other:?}", stringify!($call)),
        })+
    };
}

/// A client of sso-admin, the ARN of its instance, and those of its permission sets.
async fn sso_admin(server: &Server) -> (aws_sdk_ssoadmin::Client, String, Vec<String>) {
    let sso = aws_sdk_ssoadmin::Client::new(&server.sdk_config());
    let (instances,) = outputs!(sso.list_instances());
    let [instance] = instances.instances() else { panic!("{instances:?}") };
    assert_eq!(instance.identity_store_id(), Some(STORE));
    let instance = instance.instance_arn().expect("an ARN").to_owned();
    let (sets,) = outputs!(sso.list_permission_sets().instance_arn(&instance));
    (sso, instance, sets.permission_sets().to_vec())
}

#[tokio::test]
async fn sso_admin_reads_succeed() {
    let server = Server::start(&[]);
    let (sso, instance, sets) = sso_admin(&server).await;
    let [admin, read_only, developer] = &*sets else { panic!("{sets:?}") };
    let instance = &*instance;
    let (described, set, of_account, accounts, assignments, of_alice) = outputs!(
        sso.describe_instance().instance_arn(instance),
        sso.describe_permission_set().instance_arn(instance).permission_set_arn(admin),
        sso.list_permission_sets_provisioned_to_account()
            .instance_arn(instance)
            .account_id(PRODUCTION),
        sso.list_accounts_for_provisioned_permission_set()
            .instance_arn(instance)
            .permission_set_arn(read_only),
        sso.list_account_assignments()
            .instance_arn(instance)
            .account_id(PRODUCTION)
            .permission_set_arn(developer),
        sso.list_account_assignments_for_principal()
            .instance_arn(instance)
            .principal_id(ALICE)
            .principal_type(PrincipalType::User),
    );
    assert_eq!(described.identity_store_id(), Some(STORE));
    let set = set.permission_set().expect("a permission set");
    assert_eq!(set.name(), Some("AdministratorAccess"));
    assert!(set.created_date().is_some());
    assert_eq!(of_account.permission_sets().len(), 2);
    assert_eq!(accounts.account_ids().len(), 2);
    assert_eq!(assignments.account_assignments().len(), 1);
    let kinds = of_alice.account_assignments().iter().map(|one| one.principal_type());
    let expected = [Some(&PrincipalType::User), Some(&PrincipalType::Group)];
    assert!(kinds.eq(expected), "{of_alice:?}");

    let (tags, inline, managed, customer_managed) = outputs!(
        sso.list_tags_for_resource().instance_arn(instance).resource_arn(admin),
        sso.get_inline_policy_for_permission_set()
            .instance_arn(instance)
            .permission_set_arn(developer),
        sso.list_managed_policies_in_permission_set()
            .instance_arn(instance)
            .permission_set_arn(read_only),
        sso.list_customer_managed_policy_references_in_permission_set()
            .instance_arn(instance)
            .permission_set_arn(developer),
    );
    assert_eq!(tags.tags().len(), 1);
    assert!(inline.inline_policy().is_some_and(|text| text.starts_with('{')));
    assert_eq!(managed.attached_managed_policies().len(), 2);
    assert_eq!(
        customer_managed.customer_managed_policy_references()[0].name(),
        "DeveloperBoundary"
    );

    let mut pages = sso
        .list_permission_sets()
        .instance_arn(instance)
        .into_paginator()
        .page_size(2)
        .items()
        .send();
    let mut listed = Vec::new();
    while let Some(arn) = pages.next().await {
        listed.push(arn.expect("a page"));
    }
    assert_eq!(listed, sets);
}

#[tokio::test]
async fn account_assignment_is_created_and_deleted() {
    let server = Server::start(&[]);
    let (sso, instance, sets) = sso_admin(&server).await;
    let (created,) = outputs!(
        sso.create_account_assignment()
            .instance_arn(&instance)
            .permission_set_arn(&sets[2])
            .target_id(MANAGEMENT)
            .target_type(TargetType::AwsAccount)
            .principal_id(ALICE)
            .principal_type(PrincipalType::User)
    );
    let created = created.account_assignment_creation_status().expect("a status");
    assert_eq!(created.status(), Some(&StatusValues::InProgress));
    let id = created.request_id().expect("an id");
    let (created,) = outputs!(
        sso.describe_account_assignment_creation_status()
            .instance_arn(&instance)
            .account_assignment_creation_request_id(id)
    );
    let created = created.account_assignment_creation_status().expect("a status");
    assert_eq!(created.status(), Some(&StatusValues::Succeeded));

    let (deleted,) = outputs!(
        sso.delete_account_assignment()
            .instance_arn(&instance)
            .permission_set_arn(&sets[2])
            .target_id(MANAGEMENT)
            .target_type(TargetType::AwsAccount)
            .principal_id(ALICE)
            .principal_type(PrincipalType::User)
    );
    let id = deleted.account_assignment_deletion_status().and_then(|status| status.request_id());
    let (deleted,) = outputs!(
        sso.describe_account_assignment_deletion_status()
            .instance_arn(&instance)
            .account_assignment_deletion_request_id(id.expect("an id"))
    );
    let deleted = deleted.account_assignment_deletion_status().expect("a status");
    assert_eq!(deleted.status(), Some(&StatusValues::Succeeded));
}

#[tokio::test]
async fn sso_admin_errors_are_modelled() {
    let server = Server::start(&[]);
    let (sso, instance, sets) = sso_admin(&server).await;
    let (unknown, set) = (UNKNOWN_INSTANCE, &*sets[0]);
    assert_fails!(SsoAdminError::ValidationException: sso.list_instances().next_token("surprise"));
    assert_fails!(SsoAdminError::AccessDeniedException: sso.describe_instance().instance_arn(unknown));
    assert_fails!(SsoAdminError::ResourceNotFoundException:
        sso.list_permission_sets().instance_arn(unknown),
        sso.describe_permission_set().instance_arn(unknown).permission_set_arn(set),
        sso.list_permission_sets_provisioned_to_account()
            .instance_arn(unknown)
            .account_id(PRODUCTION),
        sso.list_accounts_for_provisioned_permission_set()
            .instance_arn(unknown)
            .permission_set_arn(set),
        sso.list_account_assignments()
            .instance_arn(unknown)
            .account_id(PRODUCTION)
            .permission_set_arn(set),
        sso.list_account_assignments_for_principal()
            .instance_arn(unknown)
            .principal_id(ALICE)
            .principal_type(PrincipalType::User),
        sso.create_account_assignment()
            .instance_arn(unknown)
            .permission_set_arn(set)
            .target_id(MANAGEMENT)
            .target_type(TargetType::AwsAccount)
            .principal_id(ALICE)
            .principal_type(PrincipalType::User),
        sso.delete_account_assignment()
            .instance_arn(unknown)
            .permission_set_arn(set)
            .target_id(MANAGEMENT)
            .target_type(TargetType::AwsAccount)
            .principal_id(ALICE)
            .principal_type(PrincipalType::User),
        sso.describe_account_assignment_creation_status()
            .instance_arn(&instance)
            .account_assignment_creation_request_id(MISSING),
        sso.describe_account_assignment_deletion_status()
            .instance_arn(&instance)
            .account_assignment_deletion_request_id(MISSING),
        sso.list_tags_for_resource().resource_arn(unknown),
        sso.get_inline_policy_for_permission_set().instance_arn(unknown).permission_set_arn(set),
        sso.list_managed_policies_in_permission_set()
            .instance_arn(unknown)
            .permission_set_arn(set),
        sso.list_customer_managed_policy_references_in_permission_set()
            .instance_arn(unknown)
            .permission_set_arn(set),
    );
    let error = sso.list_applications().instance_arn(&instance).send().await;
    let error = error.expect_err("it is not served");
    assert_eq!(error.code(), Some("UnknownOperationException"));
    assert_eq!(error.message(), Some("sso-admin ListApplications is not served by idouble"));
}

#[tokio::test]
async fn organizations_operations_succeed_and_fail() {
    let server = Server::start(&[]);
    let organizations = aws_sdk_organizations::Client::new(&server.sdk_config());
    let (accounts, account, organization, roots) = outputs!(
        organizations.list_accounts(),
        organizations.describe_account().account_id(PRODUCTION),
        organizations.describe_organization(),
        organizations.list_roots(),
    );
    let ids = accounts.accounts().iter().map(|account| account.id());
    assert!(ids.eq([Some(MANAGEMENT), Some(PRODUCTION)]), "{accounts:?}");
    let account = account.account().expect("an account");
    assert_eq!(account.name(), Some("Example Production"));
    assert!(account.joined_timestamp().is_some());
    let organization = organization.organization().expect("an organization");
    assert_eq!(organization.master_account_id(), Some(MANAGEMENT));
    let root = roots.roots()[0].id().expect("an id");
    let units = organizations.list_organizational_units_for_parent();
    let (units,) = outputs!(units.parent_id(root));
    assert!(units.organizational_units().is_empty());

    assert_fails!(OrganizationsError::InvalidInputException:
        organizations.list_accounts().next_token("surprise"),
        organizations.list_roots().next_token("surprise"),
    );
    assert_fails!(OrganizationsError::AccountNotFoundException:
        organizations.describe_account().account_id("999999999999"),
    );
    assert_fails!(OrganizationsError::ParentNotFoundException:
        organizations.list_organizational_units_for_parent().parent_id("r-zzzz"),
    );
}

#[tokio::test]
async fn sts_reads_xml_of_successes_and_errors() {
    let server = Server::start(&[]);
    let sts = aws_sdk_sts::Client::new(&server.sdk_config());
    let (caller,) = outputs!(sts.get_caller_identity());
    assert_eq!(caller.account(), Some(MANAGEMENT));
    assert_eq!(caller.arn(), Some("arn:aws:iam::123456789012:user/idouble"));
    let error = sts.get_session_token().send().await.expect_err("it is not served");
    assert_eq!(error.code(), Some("InvalidAction"));
    assert_eq!(error.message(), Some("sts GetSessionToken is not served by idouble"));

    let server = Server::start(&["--fault", "aws:GetCallerIdentity=throttle"]);
    let sts = aws_sdk_sts::Client::new(&server.sdk_config());
    let error = sts.get_caller_identity().send().await.expect_err("it is throttled");
    assert_eq!(error.code(), Some("Throttling"));
}
