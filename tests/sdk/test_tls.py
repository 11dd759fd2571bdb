"""HTTPS: every client trusts the CA as `idouble ca` describes it, and none connects without it."""

import json
import os
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import sys

import boto3
import huaweicloudsdkidentitycenterstore.v1 as sdk
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, SSLError
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exceptions import ConnectionException, SdkException
from huaweicloudsdkcore.http.http_config import HttpConfig

from server import STORE

NODE = pathlib.Path(__file__).parent / "node"

LIST_WITH_NODE = f"""
import {{ Identitystore }} from '@aws-sdk/client-identitystore'
const credentials = {{ accessKeyId: 'idouble', secretAccessKey: 'idouble' }}
const client = new Identitystore({{ endpoint: process.argv[1], region: 'us-east-1', credentials, maxAttempts: 1 }})
console.log((await client.listUsers({{ IdentityStoreId: '{STORE}' }})).Users.length)
"""

CONNECT_WITH_JAVA = """
public class Connect {
    public static void main(String[] arguments) throws Exception {
        var connection = (java.net.HttpURLConnection) java.net.URI.create(arguments[0]).toURL().openConnection();
        System.out.println(connection.getResponseCode());
    }
}
"""


@pytest.fixture
def strict(spawn):
    return spawn("--tls", "--auth", "strict")


@pytest.fixture
def ca(strict, binary, tmp_path):
    """The file that `idouble ca > ca.pem` writes."""
    printed = subprocess.run([binary, "ca", "--port", str(strict.port)], capture_output=True, check=True)
    path = tmp_path / "ca.pem"
    path.write_bytes(printed.stdout)
    return str(path)


@pytest.fixture(params=["localhost", "127.0.0.1"])
def url(request, strict):
    return strict.tls_url.replace("127.0.0.1", request.param)


def run(command, **variables):
    environment = os.environ | {"AWS_ACCESS_KEY_ID": "idouble", "AWS_SECRET_ACCESS_KEY": "idouble"}
    environment |= {"AWS_DEFAULT_REGION": "us-east-1", "AWS_MAX_ATTEMPTS": "1"} | variables
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


def boto3_client(url, verify):
    return boto3.session.Session("idouble", "idouble", region_name="us-east-1").client(
        "identitystore", endpoint_url=url, verify=verify, config=Config(retries={"total_max_attempts": 1})
    )


def test_boto3(url, ca, monkeypatch):
    with pytest.raises(SSLError):
        boto3_client(url, None).list_users(IdentityStoreId=STORE)
    monkeypatch.setenv("AWS_CA_BUNDLE", ca)
    assert boto3_client(url, None).list_users(IdentityStoreId=STORE)["Users"]


def test_aws_cli(strict, ca):
    aws = pathlib.Path(sys.executable).with_name("aws")
    command = [aws, "identitystore", "list-users", "--identity-store-id", STORE]
    command += ["--endpoint-url", strict.tls_url]
    done = run(command, AWS_CA_BUNDLE=ca)
    assert json.loads(done.stdout)["Users"], done.stderr
    assert run(command).returncode != 0


def huawei_client(url, config):
    credentials = BasicCredentials("idouble", "idouble", "0" * 32)
    builder = sdk.IdentityCenterStoreClient.new_builder().with_credentials(credentials)
    return builder.with_endpoint(url).with_http_config(config).build()


def test_huawei_sdk(url, ca):
    request = sdk.ListUsersRequest(identity_store_id=STORE)
    with pytest.raises((ConnectionException, SdkException)):
        huawei_client(url, HttpConfig()).list_users(request)
    assert huawei_client(url, HttpConfig(ssl_ca_cert=ca)).list_users(request).users


@pytest.mark.skipif(not (NODE / "node_modules").exists(), reason="make test-node installs its SDK")
def test_node(url, ca):
    command = ["node", "--input-type=module", "--eval", LIST_WITH_NODE, "--", url]
    done = subprocess.run(
        command, cwd=NODE, env=os.environ | {"NODE_EXTRA_CA_CERTS": ca}, capture_output=True, text=True
    )
    assert done.stdout.strip().isdigit(), done.stderr
    done = subprocess.run(command, cwd=NODE, capture_output=True, text=True)
    assert done.returncode != 0 and "certificate" in done.stderr


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "identitystore.us-east-1.localhost"])
def test_curl(strict, ca, host):
    command = ["curl", "--silent", "--show-error", strict.tls_url.replace("127.0.0.1", host) + "/_idouble/health"]
    done = run([*command, "--cacert", ca])
    assert json.loads(done.stdout)["ready"], done.stderr
    assert run(command).returncode == 60


def test_openssl_verifies_every_version_and_is_offered_http_1(strict, ca):
    port = int(strict.tls_url.rsplit(":", 1)[1])
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = ssl.create_default_context(cafile=ca)
        context.minimum_version = context.maximum_version = version
        context.set_alpn_protocols(["h2", "http/1.1"])
        with socket.create_connection(("127.0.0.1", port)) as plain:
            with context.wrap_socket(plain, server_hostname="localhost") as stream:
                assert stream.selected_alpn_protocol() == "http/1.1"


@pytest.mark.skipif(not shutil.which("keytool"), reason="there is no Java")
def test_java(strict, ca, tmp_path):
    store, source = str(tmp_path / "trust.p12"), tmp_path / "Connect.java"
    keytool = ["keytool", "-importcert", "-noprompt", "-alias", "idouble", "-file", ca, "-keystore", store]
    assert run([*keytool, "-storetype", "PKCS12", "-storepass", "changeit"]).returncode == 0
    source.write_text(CONNECT_WITH_JAVA)
    trust = [f"-Djavax.net.ssl.trustStore={store}", "-Djavax.net.ssl.trustStorePassword=changeit"]
    health = f"{strict.tls_url}/_idouble/health"
    done = run(["java", *trust, str(source), health])
    assert done.stdout.strip() == "200", done.stderr
    assert run(["java", str(source), health]).returncode != 0


@pytest.fixture
def credentials(spawn, tmp_path):
    """The folder that `--credentials-dir` fills, and the server."""
    server = spawn("--tls", "--auth", "strict", "--credentials-dir", str(tmp_path / "emulator"))
    return tmp_path / "emulator" / server.tls_url.rsplit(":", 1)[1], server


def test_the_files_of_credentials_dir_configure_the_aws_cli_and_boto3(credentials, monkeypatch):
    folder, _ = credentials
    variables = {"AWS_CONFIG_FILE": str(folder / "config"), "AWS_SHARED_CREDENTIALS_FILE": str(folder / "credentials")}
    aws = pathlib.Path(sys.executable).with_name("aws")
    done = subprocess.run(
        [aws, "identitystore", "list-users", "--identity-store-id", STORE],
        env=os.environ | variables,
        capture_output=True,
        text=True,
    )
    assert json.loads(done.stdout)["Users"], done.stderr
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert boto3.session.Session().client("sts").get_caller_identity()["Account"] == "123456789012"
    # The key that `idouble env` sets is not accepted besides.
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "idouble")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "idouble")
    with pytest.raises(ClientError, match="UnrecognizedClientException"):
        boto3.session.Session().client("identitystore").list_users(IdentityStoreId=STORE)


def test_openssl_reads_the_trust_store(credentials):
    folder, _ = credentials
    store = str(folder / "truststore.p12")
    done = run(["openssl", "pkcs12", "-in", store, "-nokeys", "-passin", "pass:changeit"])
    assert (folder / "ca.pem").read_text() in done.stdout, done.stderr


@pytest.mark.skipif(not shutil.which("keytool"), reason="there is no Java")
def test_java_trusts_the_server_by_the_trust_store(credentials, tmp_path):
    folder, server = credentials
    store, source = str(folder / "truststore.p12"), tmp_path / "Connect.java"
    done = run(["keytool", "-list", "-keystore", store, "-storepass", "changeit"])
    assert "trustedCertEntry" in done.stdout, done.stdout
    source.write_text(CONNECT_WITH_JAVA)
    for password in ("changeit", "another"):
        trust = [f"-Djavax.net.ssl.trustStore={store}", f"-Djavax.net.ssl.trustStorePassword={password}"]
        done = run(["java", *trust, str(source), f"{server.tls_url}/_idouble/health"])
        assert done.stdout.strip() == "200", done.stderr


def test_each_port_answers_the_protocol_of_the_other(strict):
    https, http = strict.url.replace("http:", "https:"), strict.tls_url.replace("https:", "http:")
    not_tls = "WRONG_VERSION_NUMBER|wrong version number|record layer failure|packet length too long"
    with pytest.raises(SSLError, match=not_tls):
        boto3_client(https, None).list_users(IdentityStoreId=STORE)
    with pytest.raises((ConnectionException, SdkException), match=not_tls):
        huawei_client(https, HttpConfig()).list_users(sdk.ListUsersRequest(identity_store_id=STORE))
    done = run(["curl", "--silent", "--show-error", https])
    assert done.returncode == 35 and re.search(not_tls, done.stderr), done.stderr
    # openssl dumps what it received.
    done = run(["openssl", "s_client", "-debug", "-connect", https.removeprefix("https://")])
    assert done.returncode != 0 and "HTTP/" in done.stdout and re.search(not_tls, done.stderr), done.stderr
    done = run(["curl", "--silent", http])
    assert done.stdout == f"this port speaks TLS: use {strict.tls_url.replace('127.0.0.1', 'localhost')}\n"
    with pytest.raises(ClientError) as error:
        boto3_client(http, None).list_users(IdentityStoreId=STORE)
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    strict.stop()  # The log is whole then.
    log = strict.log.read_text()
    assert "a client speaks TLS to the port for plain HTTP" in log
    assert "a client speaks HTTP to the TLS port" in log


@pytest.mark.skipif(not shutil.which("java"), reason="there is no Java")
def test_java_says_that_the_plain_port_is_not_tls(strict, tmp_path):
    source = tmp_path / "Connect.java"
    source.write_text(CONNECT_WITH_JAVA)
    done = run(["java", str(source), strict.url.replace("http:", "https:")])
    assert "Unsupported or unrecognized SSL message" in done.stderr, done.stderr
