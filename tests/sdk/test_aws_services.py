"""sso-admin, Organizations and STS, as boto3 calls them: every operation succeeds, fails with its modelled
exception, and is paginated if the model has a paginator for it.

The rest of each model is checked too: those operations are rejected by name.
"""

import functools
import json

import pytest

import aws as a
from aws import client, expect_error
from server import MISSING, STORE

ACCOUNT = "123456789012"
PRODUCTION = "210987654321"
UNKNOWN_INSTANCE = "arn:aws:sso:::instance/ssoins-ffffffffffffffff"
SERVICES = ["sso-admin", "organizations", "sts"]


class Services:
    """A client of each service, and the resources of the default fixture that calls name."""

    def __init__(self, make):
        self.clients = {service: make(service) for service in ["identitystore", *SERVICES]}
        sso, users = self.clients["sso-admin"], self.clients["identitystore"]
        self.instance = sso.list_instances()["Instances"][0]["InstanceArn"]
        arns = sso.list_permission_sets(InstanceArn=self.instance)["PermissionSets"]
        self.admin, self.read_only, self.developer = arns
        self.user = self.id_of(users.get_user_id, "userName", "alice", "UserId")
        self.group = self.id_of(users.get_group_id, "displayName", "Engineering", "GroupId")
        self.assignment = {
            "InstanceArn": self.instance,
            "PermissionSetArn": self.developer,
            "TargetId": ACCOUNT,
            "TargetType": "AWS_ACCOUNT",
            "PrincipalType": "USER",
            "PrincipalId": self.user,
        }

    @staticmethod
    def id_of(call, path, value, member):
        unique = {"UniqueAttribute": {"AttributePath": path, "AttributeValue": value}}
        return call(IdentityStoreId=STORE, AlternateIdentifier=unique)[member]

    def call(self, operation, **more):
        service, arguments, _ = OPERATIONS[operation]
        return getattr(self.clients[service], operation)(**(arguments(self) | more))

    def status(self, action):
        """The request id of a new assignment, or of a deletion."""
        member = f"AccountAssignment{'Creation' if action == 'create' else 'Deletion'}Status"
        operation = getattr(self.clients["sso-admin"], f"{action}_account_assignment")
        return operation(**self.assignment)[member]["RequestId"]


def of_instance(**more):
    """The arguments that name the instance, and these."""
    return lambda s: {"InstanceArn": s.instance} | {key: value(s) for key, value in more.items()}


def of_permission_set(name):
    return of_instance(PermissionSetArn=lambda s: getattr(s, name))


# Each operation: its service, arguments that succeed, and the member of the response that has the result.
OPERATIONS = {
    "list_instances": ("sso-admin", lambda s: {}, "Instances"),
    "describe_instance": ("sso-admin", of_instance(), "InstanceArn"),
    "list_permission_sets": ("sso-admin", of_instance(), "PermissionSets"),
    "describe_permission_set": ("sso-admin", of_permission_set("developer"), "PermissionSet"),
    "list_permission_sets_provisioned_to_account": (
        "sso-admin",
        of_instance(AccountId=lambda s: PRODUCTION),
        "PermissionSets",
    ),
    "list_accounts_for_provisioned_permission_set": (
        "sso-admin",
        of_permission_set("read_only"),
        "AccountIds",
    ),
    "list_account_assignments": (
        "sso-admin",
        of_instance(AccountId=lambda s: PRODUCTION, PermissionSetArn=lambda s: s.developer),
        "AccountAssignments",
    ),
    "list_account_assignments_for_principal": (
        "sso-admin",
        of_instance(PrincipalId=lambda s: s.user, PrincipalType=lambda s: "USER"),
        "AccountAssignments",
    ),
    "create_account_assignment": (
        "sso-admin",
        lambda s: s.assignment,
        "AccountAssignmentCreationStatus",
    ),
    "delete_account_assignment": (
        "sso-admin",
        lambda s: s.assignment,
        "AccountAssignmentDeletionStatus",
    ),
    "describe_account_assignment_creation_status": (
        "sso-admin",
        of_instance(AccountAssignmentCreationRequestId=lambda s: s.status("create")),
        "AccountAssignmentCreationStatus",
    ),
    "describe_account_assignment_deletion_status": (
        "sso-admin",
        of_instance(AccountAssignmentDeletionRequestId=lambda s: s.status("delete")),
        "AccountAssignmentDeletionStatus",
    ),
    "list_tags_for_resource": ("sso-admin", of_instance(ResourceArn=lambda s: s.admin), "Tags"),
    "get_inline_policy_for_permission_set": (
        "sso-admin",
        of_permission_set("developer"),
        "InlinePolicy",
    ),
    "list_managed_policies_in_permission_set": (
        "sso-admin",
        of_permission_set("read_only"),
        "AttachedManagedPolicies",
    ),
    "list_customer_managed_policy_references_in_permission_set": (
        "sso-admin",
        of_permission_set("developer"),
        "CustomerManagedPolicyReferences",
    ),
    "list_accounts": ("organizations", lambda s: {}, "Accounts"),
    "describe_account": ("organizations", lambda s: {"AccountId": PRODUCTION}, "Account"),
    "describe_organization": ("organizations", lambda s: {}, "Organization"),
    "list_roots": ("organizations", lambda s: {}, "Roots"),
    "list_organizational_units_for_parent": (
        "organizations",
        lambda s: {"ParentId": s.clients["organizations"].list_roots()["Roots"][0]["Id"]},
        "OrganizationalUnits",
    ),
    "get_caller_identity": ("sts", lambda s: {}, "Arn"),
}

# A wrong argument of each operation, and the exception that its model has for it.
FAILURES = {
    "list_instances": ({"NextToken": "surprise"}, "ValidationException"),
    "describe_instance": ({"InstanceArn": UNKNOWN_INSTANCE}, "AccessDeniedException"),
    "describe_account_assignment_creation_status": (
        {"AccountAssignmentCreationRequestId": MISSING},
        "ResourceNotFoundException",
    ),
    "describe_account_assignment_deletion_status": (
        {"AccountAssignmentDeletionRequestId": MISSING},
        "ResourceNotFoundException",
    ),
    "list_accounts": ({"NextToken": "surprise"}, "InvalidInputException"),
    "describe_account": ({"AccountId": "999999999999"}, "AccountNotFoundException"),
    "list_roots": ({"NextToken": "surprise"}, "InvalidInputException"),
    "list_organizational_units_for_parent": ({"ParentId": "r-zzzz"}, "ParentNotFoundException"),
    "list_tags_for_resource": ({"ResourceArn": UNKNOWN_INSTANCE}, "ResourceNotFoundException"),
}
NEVER_FAIL = {"describe_organization", "get_caller_identity"}
UNKNOWN = {"InstanceArn": UNKNOWN_INSTANCE}, "ResourceNotFoundException"


@pytest.fixture
def services(server, clients):
    return Services(lambda service: clients.of(client, server, service=service))


@pytest.fixture
def unchecked(server, clients):
    """Clients that leave it to the server to check parameters."""
    return functools.partial(clients.of, client, server, check=False)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_each_operation_succeeds(services, operation):
    service, _, member = OPERATIONS[operation]
    answer = services.call(operation)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert answer["ResponseMetadata"]["RequestId"]
    # Organizational units are the only resource that a directory has none of.
    assert answer[member] or operation == "list_organizational_units_for_parent"
    aws = services.clients[service]
    shape = aws.meta.service_model.operation_model(aws.meta.method_to_api_mapping[operation]).output_shape
    assert set(shape.required_members) <= set(answer)


@pytest.mark.parametrize("operation", sorted(set(OPERATIONS) - NEVER_FAIL))
def test_each_operation_fails_with_its_modelled_exception(services, operation):
    arguments, kind = FAILURES.get(operation, UNKNOWN)
    aws = services.clients[OPERATIONS[operation][0]]
    error = expect_error(lambda: services.call(operation, **arguments), getattr(aws.exceptions, kind))
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert error["Error"]["Message"]
    model = aws.meta.service_model.operation_model(aws.meta.method_to_api_mapping[operation])
    assert kind in [shape.name for shape in model.error_shapes]


@pytest.mark.parametrize("size", [1, 2])
def test_each_paginator_gives_every_item_once(services, size):
    # More than one page of assignments and accounts.
    for account in [ACCOUNT, PRODUCTION]:
        services.call("create_account_assignment", TargetId=account)
    seen = set()
    for operation, (service, arguments, member) in OPERATIONS.items():
        aws = services.clients[service]
        if not aws.can_paginate(operation):
            continue
        seen.add(operation)
        whole = services.call(operation)
        assert "NextToken" not in whole
        arguments = arguments(services)
        if operation != "list_tags_for_resource":  # Its model has no MaxResults.
            arguments["PaginationConfig"] = {"PageSize": size}
        pages = list(aws.get_paginator(operation).paginate(**arguments))
        assert [item for page in pages for item in page[member]] == whole[member], operation
        assert all(len(page[member]) <= size for page in pages), operation
        assert all(page[member] for page in pages) or not whole[member], operation
        assert "NextToken" not in pages[-1], operation
    lists = {name for name in OPERATIONS if name.startswith("list_")}
    assert seen == lists


@pytest.mark.parametrize("operation", ["list_permission_sets", "list_accounts"])
def test_a_page_token_belongs_to_one_list(services, operation):
    services.call("create_account_assignment")
    token = services.call("list_account_assignments_for_principal", MaxResults=1)["NextToken"]
    aws = services.clients[OPERATIONS[operation][0]]
    kind = "ValidationException" if operation == "list_permission_sets" else "InvalidInputException"
    expect_error(lambda: services.call(operation, NextToken=token), getattr(aws.exceptions, kind))


@pytest.mark.parametrize("service", SERVICES)
def test_operations_that_are_not_served_are_rejected_by_name(server, unchecked, service):
    aws = unchecked(service=service)
    rest = set(aws.meta.method_to_api_mapping) - set(OPERATIONS)
    assert rest
    code = "InvalidAction" if service == "sts" else "UnknownOperationException"
    for method in sorted(rest):
        operation = aws.meta.method_to_api_mapping[method]
        error = expect_error(getattr(aws, method), aws.exceptions.ClientError)["Error"]
        assert error["Code"] == code
        assert error["Message"] == f"{service} {operation} is not served by idouble"
        query = f"/journal/count?operation={service}:{operation}"
        assert server.control("GET", query) == {"count": 1}


def test_assignments_are_created_seen_through_groups_and_deleted(services):
    sso, users = services.clients["sso-admin"], services.clients["identitystore"]

    def assigned(**more):
        found = services.call("list_account_assignments_for_principal", **more)["AccountAssignments"]
        return [
            (one["AccountId"], one["PermissionSetArn"], one["PrincipalType"], one["PrincipalId"])
            for one in found
        ]

    direct = (ACCOUNT, services.developer, "USER", services.user)
    before = assigned()
    status = services.call("create_account_assignment")["AccountAssignmentCreationStatus"]
    assert status["Status"] == "IN_PROGRESS"
    done = sso.describe_account_assignment_creation_status(
        InstanceArn=services.instance, AccountAssignmentCreationRequestId=status["RequestId"]
    )["AccountAssignmentCreationStatus"]
    expected = services.assignment | {"Status": "SUCCEEDED", "RequestId": status["RequestId"]}
    del expected["InstanceArn"]
    assert {key: done[key] for key in expected} == expected
    assert set(assigned()) == {*before, direct}
    services.call("create_account_assignment")
    assert set(assigned()) == {*before, direct}

    user = a.create(users)
    assert assigned(PrincipalId=user) == []
    users.create_group_membership(IdentityStoreId=STORE, GroupId=services.group, MemberId={"UserId": user})
    assert assigned(PrincipalId=user) == [(PRODUCTION, services.developer, "GROUP", services.group)]

    # An assignment outlives its user.
    users.delete_user(IdentityStoreId=STORE, UserId=services.user)
    arguments = {"AccountId": ACCOUNT, "PermissionSetArn": services.developer}
    listed = services.call("list_account_assignments", **arguments)["AccountAssignments"]
    assert [one["PrincipalId"] for one in listed] == [services.user]
    services.call("delete_account_assignment")
    assert services.call("list_account_assignments", **arguments)["AccountAssignments"] == []


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("PrincipalId", MISSING),
        (
            "PermissionSetArn",
            "arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-0123456789abcdef",
        ),
    ],
)
def test_an_assignment_of_what_is_unknown_fails_later(services, member, value):
    sso = services.clients["sso-admin"]
    answer = services.call("create_account_assignment", **{member: value})
    request = answer["AccountAssignmentCreationStatus"]["RequestId"]
    status = sso.describe_account_assignment_creation_status(
        InstanceArn=services.instance, AccountAssignmentCreationRequestId=request
    )["AccountAssignmentCreationStatus"]
    assert status["Status"] == "FAILED"
    assert status["FailureReason"]
    assert status[member] == value


# Faults that have a form of their own in each service.
THROTTLED = {
    "sso-admin": ("list_instances", "ThrottlingException", 400),
    "organizations": ("describe_organization", "TooManyRequestsException", 400),
    "sts": ("get_caller_identity", "Throttling", 400),
}


@pytest.mark.parametrize("selector", ["aws", "service"])
@pytest.mark.parametrize("service", SERVICES)
def test_faults_have_the_form_of_the_service(server, services, service, selector):
    operation, code, status = THROTTLED[service]
    aws = services.clients[service]
    name = aws.meta.method_to_api_mapping[operation]
    prefix = service if selector == "service" else selector
    server.control("POST", "/faults", {"on": f"{prefix}:{name}", "do": "throttle"})
    error = expect_error(lambda: services.call(operation), aws.exceptions.ClientError)
    assert (error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)


@pytest.mark.parametrize("service", SERVICES)
def test_clients_retry_throttled_calls(server, services, clients, service):
    operation, _, _ = THROTTLED[service]
    patient = clients.of(client, server, service=service, attempts=2)
    name = patient.meta.method_to_api_mapping[operation]
    server.control("POST", "/faults", {"on": f"aws:{name}", "do": "throttle", "for": "1x"})
    answer = getattr(patient, operation)()
    assert answer["ResponseMetadata"]["RetryAttempts"] == 1


def test_the_caller_s_account_is_an_access_key_of_12_digits(server):
    session = a.session()
    more = {
        "endpoint_url": server.url,
        "region_name": "us-east-1",
        "aws_secret_access_key": "secret",
    }
    sts = session.client("sts", aws_access_key_id="111122223333", **more)
    caller = sts.get_caller_identity()
    assert (caller["Account"], caller["Arn"]) == (
        "111122223333",
        "arn:aws:iam::111122223333:user/idouble",
    )


def test_inline_policies_are_json(services):
    policy = services.call("get_inline_policy_for_permission_set")["InlinePolicy"]
    assert json.loads(policy)["Version"] == "2012-10-17"
    arguments = {"PermissionSetArn": services.admin}
    assert services.call("get_inline_policy_for_permission_set", **arguments)["InlinePolicy"] == ""


def test_preset_limits_all_of_sso_admin_together(spawn):
    server = spawn("--preset", "aws-limits")
    server.control("PUT", "/clock", {"freeze": True})
    sso, sts = client(server, service="sso-admin"), client(server, service="sts")
    instance = sso.list_instances()["Instances"][0]["InstanceArn"]
    for _ in range(19):
        sso.list_permission_sets(InstanceArn=instance)
    expect_error(sso.list_instances, sso.exceptions.ThrottlingException)
    assert sts.get_caller_identity()["Account"] == ACCOUNT
