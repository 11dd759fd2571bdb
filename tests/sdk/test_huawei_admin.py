"""Admin resources through Huawei's SDK: each operation once with success and once
rejected."""

import base64
import ssl
import xml.etree.ElementTree as ElementTree

import pytest
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkidentitycenterstore.v1.region.identitycenterstore_region import (
    IdentityCenterStoreRegion,
)

import huawei as h
from huawei import plain, expect_error, sdk
from server import MISSING, STORE

NO_STORE = "d-0000000000"
# RSA, serial 4660, "O=Acme, Inc."; then ECDSA, with a serial number that no integer type holds.
PEM = """-----BEGIN CERTIFICATE-----
MIICKjCCAZOgAwIBAgICEjQwDQYJKoZIhvcNAQELBQAwLzEYMBYGA1UEAwwPaWRw
LmV4YW1wbGUuY29tMRMwEQYDVQQKDApBY21lLCBJbmMuMCAXDTI2MTEyMzA3MDQz
NloYDzIxMjYxMDMwMDcwNDM2WjAvMRgwFgYDVQQDDA9pZHAuZXhhbXBsZS5jb20x
EzARBgNVBAoMCkFjbWUsIEluYy4wgZ8wDQYJKoZIhvcNAQEBBQADgY0AMIGJAoGB
ALQWwayiSgV6kEdwrKq2ua3KaXO69Er0GirEJ2EmfDHTA541rTdonFwCliWFbsnh
bvRPGB58NeVpdmg/tOkI+LlFQ+6J6tkeSaxwhg6rdnEv6yJTomGKbNvfXNz9ThFE
UKNtTCZJspiYBEfXchKW5XfcVDpfyNBfyQOyPSgdllExAgMBAAGjUzBRMB0GA1Ud
DgQWBBRoFRtdUPEp7G4MrfFN6F2wHnJjJjAfBgNVHSMEGDAWgBRoFRtdUPEp7G4M
rfFN6F2wHnJjJjAPBgNVHRMBAf8EBTADAQH/MA0GCSqGSIb3DQEBCwUAA4GBAAgK
C23zXGQaX738PG388mQhllkaFZfY5JgkIBi7RqDY144oZedUaJj2/+s1w4qJA5zv
wV+R4ueo0cdZKeaOjkmqhN3UhzC4FPJuv4mngAApGM1OLMRK44l4EAA1FH1X+bp2
Wq7hdbVa4m9pGf+QBMMSiiSq2mgypb97+LWS4tmR
-----END CERTIFICATE-----
"""
OTHER_PEM = """-----BEGIN CERTIFICATE-----
MIIBiTCCATGgAwIBAgIUJa0ZVv0pwJVxIJx92MAwaz5DP5UwCgYIKoZIzj0EAwIw
GjEYMBYGA1UEAwwPaWRwLmV4YW1wbGUuY29tMCAXDTI2MTEyMzA3MDQzNloYDzIx
MjYxMDMwMDcwNDM2WjAaMRgwFgYDVQQDDA9pZHAuZXhhbXBsZS5jb20wWTATBgcq
hkjOPQIBBggqhkjOPQMBBwNCAAS0XgQ0pDxa4qR5GIeNDMcpfepFjzYI507PvuuG
nIrAcHpnA9rE9TwITL5AUYvMAmlOtHcRuJ6NucxVJb9zaJvzo1MwUTAdBgNVHQ4E
FgQUVjbx+sLCqQhSRe24GttQVMgyXbgwHwYDVR0jBBgwFoAUVjbx+sLCqQhSRe24
GttQVMgyXbgwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNGADBDAh9DDUnR
tQMnxR5qZyjtmHbkq5d/ZczIzbkNwfX20GPcAiBe2k/Z22uUPyEmI0eLQJMZirjp
ByBgl0XV0zPtucJYKQ==
-----END CERTIFICATE-----
"""
CONFIG = {"entity_id": "https://idp.example.com", "login_url": "https://idp.example.com/login"}


@pytest.fixture
def call(huawei):
    """Calls an operation by its method's name: path parameters and body by name, the answer as plain
    data."""

    def run(method, store=STORE, body=None, **parameters):
        name = method.replace("external_id_p", "external_IdP")
        name = "".join(word[0].upper() + word[1:] for word in name.split("_"))
        request = getattr(sdk, f"{name}Request")(identity_store_id=store, **parameters)
        if body is not None:
            request.body = body
        return plain(getattr(huawei, method)(request))

    return run


@pytest.fixture
def user(huawei):
    return h.create(huawei)


@pytest.fixture
def idp(call):
    body = {"idp_saml_config": CONFIG, "idp_certificate": PEM}
    return call("create_external_id_p_configuration_for_directory", body=body)


@pytest.fixture
def tenant(call, idp):
    return call("create_provisioning_tenant")["tenant_id"]


def devices(call, *users):
    body = {"user_list": [{"identity_store_id": STORE, "user_id": user} for user in users]}
    listed = call("batch_list_mfa_devices_for_user", body=body)["user_mfa_devices_entry_list"]
    assert [entry["user"]["user_id"] for entry in listed] == list(users)
    return [entry["mfa_devices"] for entry in listed]


def test_mfa_devices_are_registered_renamed_and_removed(call, user):
    made = call("register_mfa_device_for_user", user_id=user)
    assert made["identity_store_id"] == STORE and made["user_id"] == user
    assert made["work_flow"] and made["redirect_url"].startswith("http://127.0.0.1:")
    [[device], nothing] = devices(call, user, MISSING)
    assert nothing == []
    assert isinstance(device["registered_date"], int)
    path = {"user_id": user, "device_id": device["device_id"]}
    body = sdk.UpdateMfaDeviceForUserReqBody(display_name="my phone")
    call("update_mfa_device_for_user", body=body, **path)
    assert devices(call, user) == [[device | {"display_name": "my phone"}]]
    call("delete_mfa_device_for_user", **path)
    assert devices(call, user) == [[]]


def test_user_has_at_most_two_mfa_devices(call, user):
    for _ in range(2):
        call("register_mfa_device_for_user", user_id=user)
    error = expect_error(lambda: call("register_mfa_device_for_user", user_id=user), 400, "IIC.400")
    assert "limit (2)" in error.error_msg


def test_mfa_devices_rejected(call, user):
    path = {"user_id": user, "device_id": MISSING}
    expect_error(lambda: call("register_mfa_device_for_user", user_id=MISSING), 404, "IIC.404")
    body = {"display_name": "x"}
    expect_error(lambda: call("update_mfa_device_for_user", body=body, **path), 404, "IIC.404")
    body = {"display_name": ""}
    expect_error(lambda: call("update_mfa_device_for_user", body=body, **path), 400, "IIC.400")
    expect_error(lambda: call("delete_mfa_device_for_user", **path), 404, "IIC.404")
    body = {"user_list": [{"identity_store_id": NO_STORE, "user_id": user}]}
    expect_error(lambda: call("batch_list_mfa_devices_for_user", body=body), 400, "IIC.400")


def test_sessions(call, user):
    assert call("list_sessions", user_id=user) == {"session_list": []}
    body = sdk.BatchDeleteSessionsReqBody(session_ids=[MISSING])
    call("batch_delete_sessions", user_id=user, body=body)
    expect_error(lambda: call("list_sessions", user_id=MISSING), 404, "IIC.404")
    expect_error(lambda: call("batch_delete_sessions", user_id=user, body={}), 400, "IIC.400")


def test_the_password_policy_is_replaced(call):
    policy = {
        "minimum_password_length": 12,
        "require_lowercase_characters": True,
        "require_numbers": False,
        "require_symbols": False,
        "require_uppercase_characters": True,
        "max_password_age": 90,
        "password_reuse_prevention": 1,
    }
    body = sdk.UpdatePasswordPolicyReqBody(sdk.PasswordPolicyDto(**policy))
    call("update_password_policy", body=body)
    assert call("describe_password_policy") == {"password_policy": policy}
    body = {"password_policy": {"minimum_password_length": 7, "max_password_age": 0}}
    error = expect_error(lambda: call("update_password_policy", body=body), 400, "IIC.400")
    assert "minimum_password_length must be at least 8" in error.error_msg
    assert "max_password_age must be at least 1" in error.error_msg
    expect_error(lambda: call("describe_password_policy", store=NO_STORE), 404, "IIC.1308")


def test_an_external_idp_through_its_life(call, idp):
    path = {"idp_id": idp["idp_id"]}
    assert idp["idp_certificate_ids"] == [idp["idp_certificate_id"]]
    metadata = ElementTree.fromstring(idp["hws_sp_saml_config"]["metadata"])
    assert metadata.get("entityID") == idp["hws_sp_saml_config"]["issuer"]
    call("enable_external_id_p_configuration_for_directory", **path)
    body = {"entity_id": "urn:acme", "login_url": "https://login.example.com"}
    call("update_external_id_p_configuration_for_directory", body=body, **path)
    [one] = call("list_external_id_p_configurations_for_directory")["associations"]
    assert one == {
        "idp_certificate_ids": [
            {"certificate_id": idp["idp_certificate_id"], "status": "ACTIVE"}
        ],
        "idp_id": idp["idp_id"],
        "idp_saml_config": body | {"want_request_signed": False},
        "is_enabled": True,
    }
    call("disable_external_id_p_configuration_for_directory", **path)
    call("delete_external_id_p_configuration_for_directory", **path)
    assert call("list_external_id_p_configurations_for_directory") == {"associations": []}


def test_certificates_of_an_external_idp(call, idp):
    path = {"idp_id": idp["idp_id"]}
    body = sdk.ImportExternalIdPCertificateReqBody(OTHER_PEM, "SIGNING")
    imported = call("import_external_id_p_certificate", body=body, **path)["certificate_id"]
    first, second = call("list_external_id_p_certificates", **path)["idp_certificates"]
    assert first["x509_certificate_in_pem"] == PEM
    assert first["serial_number"] == 4660 and first["serial_number_string"] == "4660"
    assert first["subject_name"] == first["issuer_name"] == r"O=Acme\, Inc.,CN=idp.example.com"
    assert first["signature_algorithm_name"] == "SHA256withRSA"
    assert first["not_before"] == 1795417476000 and first["not_after"] == 4949017476000
    assert first["version"] == 3
    assert base64.b64decode(first["public_key"], validate=True)
    assert second["certificate_id"] == imported
    serial = 0x25AD1956FD29C09571209C7DD8C0306B3E433F95
    assert second["serial_number_string"] == str(serial)
    assert second["serial_number"] == pytest.approx(serial)
    assert second["signature_algorithm_name"] == "SHA256withECDSA"
    call("delete_external_id_p_certificate", certificate_id=idp["idp_certificate_id"], **path)
    last = {"certificate_id": imported, **path}
    expect_error(lambda: call("delete_external_id_p_certificate", **last), 400, "IIC.400")


def test_an_external_idp_from_its_metadata(call):
    inner = "".join(PEM.splitlines()[1:-1])
    metadata = f"""<?xml version="1.0"?>
      <EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="urn:idp">
        <IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
          <KeyDescriptor><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data>
            <X509Certificate>{inner}</X509Certificate>
          </X509Data></KeyInfo></KeyDescriptor>
          <SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
            Location="https://idp.example.com/sso"/>
        </IDPSSODescriptor>
      </EntityDescriptor>"""
    body = sdk.CreateIDPReqBody(idp_saml_metadata=metadata)
    call("create_external_id_p_configuration_for_directory", body=body)
    [one] = call("list_external_id_p_configurations_for_directory")["associations"]
    assert one["idp_saml_config"] == {
        "entity_id": "urn:idp",
        "login_url": "https://idp.example.com/sso",
        "want_request_signed": False,
    }


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"idp_saml_metadata": "<a/>"},
        {"idp_saml_metadata": "<a/>", "idp_saml_config": CONFIG},
        {"idp_saml_config": CONFIG},
        {"idp_saml_config": CONFIG, "idp_certificate": "no certificate"},
        {"idp_saml_config": CONFIG, "idp_certificate": PEM.replace("MII", "AAA", 1)},
    ],
)
def test_invalid_external_idp_is_rejected(call, body):
    name = "create_external_id_p_configuration_for_directory"
    expect_error(lambda: call(name, body=body), 400, "IIC.400")


def test_external_idps_rejected(call, idp):
    name = "create_external_id_p_configuration_for_directory"
    body = {"idp_saml_config": CONFIG, "idp_certificate": PEM}
    expect_error(lambda: call(name, body=body), 400, "IIC.1328")
    here, nowhere = {"idp_id": idp["idp_id"]}, {"idp_id": MISSING}
    name = "disable_external_id_p_configuration_for_directory"
    expect_error(lambda: call(name, **here), 400, "IIC.1329")
    expect_error(lambda: call(name, **nowhere), 404, "IIC.1330")
    name = "enable_external_id_p_configuration_for_directory"
    call(name, **here)
    expect_error(lambda: call(name, **here), 400, "IIC.1329")
    expect_error(lambda: call(name, **nowhere), 404, "IIC.1330")
    name = "delete_external_id_p_configuration_for_directory"
    expect_error(lambda: call(name, **here), 400, "IIC.1329")
    expect_error(lambda: call(name, **nowhere), 404, "IIC.1330")
    name = "update_external_id_p_configuration_for_directory"
    expect_error(lambda: call(name, body=CONFIG, **nowhere), 404, "IIC.1330")
    expect_error(lambda: call(name, body={"entity_id": ""}, **here), 400, "IIC.400")
    name = "list_external_id_p_configurations_for_directory"
    expect_error(lambda: call(name, store=NO_STORE), 404, "IIC.1308")


def test_certificates_of_an_external_idp_rejected(call, idp):
    here, nowhere = {"idp_id": idp["idp_id"]}, {"idp_id": MISSING}
    body = {"x509_certificate_in_pem": "text", "certificate_use": "SIGNING"}
    name = "import_external_id_p_certificate"
    error = expect_error(lambda: call(name, body=body, **here), 400, "IIC.400")
    assert "must be an X.509 certificate" in error.error_msg
    body["x509_certificate_in_pem"] = OTHER_PEM
    expect_error(lambda: call(name, body=body, **nowhere), 404, "IIC.1330")
    expect_error(lambda: call(name, body=body | {"certificate_use": "ALL"}, **here), 400, "IIC.400")
    expect_error(lambda: call("list_external_id_p_certificates", **nowhere), 404, "IIC.1330")
    name = "delete_external_id_p_certificate"
    expect_error(lambda: call(name, certificate_id=MISSING, **here), 404, "IIC.404")


def test_certificates_of_the_service_provider(call):
    assert call("list_sp_certificates") in ({}, {"body": []})
    first, second = call("create_sp_certificate"), call("create_sp_certificate")
    assert first["state"] == "INACTIVE" and first["algorithm"] == "SHA256withRSA"
    assert first["x509certificate"].startswith("-----BEGIN CERTIFICATE-----\n")
    for one in (first, second):
        call("update_sp_active_certificate", certificate_id=one["certificate_id"])
    listed = call("list_sp_certificates")["body"]
    assert listed == [first, second | {"state": "ACTIVE"}]
    saml = call("get_sp_configuration_for_directory")["sp_saml_config"]
    inner = "".join(second["x509certificate"].splitlines()[1:-1])
    assert inner in saml["metadata"]
    call("delete_sp_certificate", certificate_id=second["certificate_id"])
    assert call("list_sp_certificates")["body"] == [first]
    call("delete_sp_certificate", certificate_id=first["certificate_id"])


def test_the_certificate_of_the_service_provider_reads_as_one(call):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=call("create_sp_certificate")["x509certificate"])
    assert context.cert_store_stats()["x509"] == 1


def test_service_provider_rejected(call):
    name = "update_sp_active_certificate"
    expect_error(lambda: call(name, certificate_id=MISSING), 404, "IIC.404")
    expect_error(lambda: call("delete_sp_certificate", certificate_id=MISSING), 404, "IIC.404")
    for name in ("create_sp_certificate", "list_sp_certificates"):
        expect_error(lambda: call(name, store=NO_STORE), 404, "IIC.1308")
    name = "get_sp_configuration_for_directory"
    expect_error(lambda: call(name, store=NO_STORE), 404, "IIC.1308")


def test_tenants_and_tokens(server, call, tenant):
    [listed] = call("list_provisioning_tenants")["provisioning_tenants"]
    assert listed["tenant_id"] == tenant
    assert listed["scim_endpoint"] == f"{server.url}/{tenant}/scim/v2/"
    made = call("create_bearer_token", tenant_id=tenant)
    assert made["expiration_time"] > made["creation_time"] > 1_600_000_000_000
    secret = made.pop("token")
    assert len(secret) >= 32
    assert call("list_bearer_tokens", tenant_id=tenant) == {"bearer_tokens": [made]}
    call("delete_bearer_token", tenant_id=tenant, token_id=made["token_id"])
    assert call("list_bearer_tokens", tenant_id=tenant) == {"bearer_tokens": []}
    call("delete_provisioning_tenant", tenant_id=tenant)
    assert call("list_provisioning_tenants") == {"provisioning_tenants": []}


def test_a_tenant_needs_an_identity_provider(call):
    expect_error(lambda: call("create_provisioning_tenant"), 400, "IIC.400")


def test_a_second_tenant_is_rejected(call, tenant):
    expect_error(lambda: call("create_provisioning_tenant"), 409, "IIC.1007")


def test_tenants_and_tokens_rejected(call, tenant):
    here, nowhere = {"tenant_id": tenant}, {"tenant_id": MISSING}
    expect_error(lambda: call("delete_provisioning_tenant", **nowhere), 404, "IIC.404")
    expect_error(lambda: call("delete_provisioning_tenant", tenant_id="a_b"), 400, "IIC.400")
    expect_error(lambda: call("create_bearer_token", **nowhere), 404, "IIC.404")
    expect_error(lambda: call("list_bearer_tokens", **nowhere), 404, "IIC.404")
    expect_error(lambda: call("delete_bearer_token", token_id=MISSING, **here), 404, "IIC.404")
    for name in ("create_provisioning_tenant", "list_provisioning_tenants"):
        expect_error(lambda: call(name, store=NO_STORE), 404, "IIC.1308")
    for _ in range(2):
        call("create_bearer_token", **here)
    expect_error(lambda: call("create_bearer_token", **here), 400, "IIC.400")


def test_responses_logged_without_secrets(server, call, tenant, user):
    secrets = [
        call("create_bearer_token", tenant_id=tenant)["token"],
        call("register_mfa_device_for_user", user_id=user)["work_flow"],
    ]
    log = server.log.read_text()
    assert not [secret for secret in secrets if secret in log]


def test_region_is_enough_if_iam_is_served_too(server, monkeypatch):
    """Without a project id the SDK asks IAM for the project of its region first."""
    monkeypatch.setenv("HUAWEICLOUD_SDK_REGION_IDENTITYCENTERSTORE_CN_NORTH_4", server.url)
    credentials = BasicCredentials("HWAKREGION", "secret").with_iam_endpoint(server.url)
    builder = sdk.IdentityCenterStoreClient.new_builder().with_credentials(credentials)
    client = builder.with_region(IdentityCenterStoreRegion.value_of("cn-north-4")).build()
    assert h.list_users(client).users
    assert len(credentials.project_id) == 32


def test_store_is_found_through_its_instance(server):
    status, _, body = server.http("GET", "/v1/instances")
    assert status == 200
    instances = h.json.loads(body)["instances"]
    assert STORE in [instance["identity_store_id"] for instance in instances]
    assert all(instance["instance_id"].startswith("ins-") for instance in instances)
