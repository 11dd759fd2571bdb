"""One running idouble, and its control API."""

import itertools
import json
import select
import subprocess
import urllib.error
import urllib.parse
import urllib.request

STORE = "d-1234567890"  # The embedded default directory.
MISSING = "00000000-0000-7000-8000-000000000000"  # A well-formed id of no resource.


_numbers = itertools.count(1)


def fresh():
    """Return a number for names, unique in this test."""
    return next(_numbers)


def reset_counters():
    """Restart `fresh` at 1, so that the names of a test do not depend on earlier tests."""
    global _numbers
    _numbers = itertools.count(1)


def signed(url, method, path, body, headers):
    """Return the headers of a request, with a signature added unless it has one."""
    if "Authorization" in headers or "X-Amz-Signature" in path:
        return headers
    if any("amz" in f"{name}{value}".lower() for name, value in headers.items()):
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials

        request = AWSRequest(method, url + path, headers, body or b"")
        SigV4Auth(Credentials("AKIDTEST", "secret"), "identitystore", "us-east-1").add_auth(request)
        return dict(request.headers)
    from huaweicloudsdkcore.auth.credentials import BasicCredentials
    from huaweicloudsdkcore.sdk_request import SdkRequest
    from huaweicloudsdkcore.signer.signer import Signer

    target = urllib.parse.urlsplit(url + path)
    request = SdkRequest(
        method=method,
        schema=target.scheme,
        host=target.netloc,
        resource_path=target.path,
        uri=path,
        query_params=urllib.parse.parse_qsl(target.query),
        header_params=dict(headers),
        body=body or b"",
    )
    return Signer(BasicCredentials("HWAKTEST", "secret", "0" * 32)).sign(request).header_params


class Server:
    """A running idouble. It ends when its standard input does."""

    def __init__(self, binary, arguments, log, env=None):
        self.log = log
        self.is_strict = "--auth" in arguments and "strict" in arguments
        self.process = subprocess.Popen(
            [binary, "serve", "--port", "0", "--exit-with-stdin", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log.open("w"),
            text=True,
            env=env,
        )
        ready, _, _ = select.select([self.process.stdout], [], [], 20)
        line = self.process.stdout.readline() if ready else ""
        if not line.startswith("idouble ready on http://127.0.0.1:"):
            self.stop()
            raise RuntimeError(f"not ready: {line!r}\n{log.read_text()}")
        # With --tls, `idouble ready on http://… and https://…`.
        addresses = [word for word in line.split() if "://" in word]
        self.url, self.tls_url = addresses[0], addresses[-1]
        self.port = int(self.url.rsplit(":", 1)[1])

    def stop(self):
        self.process.stdin.close()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        return self.process.returncode

    def http(self, method, path, body=None, headers=None):
        """Status, headers and body bytes of one plain request."""
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        if self.is_strict and not path.startswith("/_idouble/"):
            headers = signed(self.url, method, path, data, headers or {})
        request = urllib.request.Request(self.url + path, data, headers or {}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=20) as response:
                return response.status, response.headers, response.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read()

    def control(self, method, path, body=None):
        """The JSON answer of the control API."""
        headers = {"Content-Type": "application/json"} if method != "GET" else {}
        data = {} if body is None and method != "GET" else body
        status, _, answer = self.http(method, "/_idouble" + path, data, headers)
        assert status in (200, 201, 204), (status, answer)
        return json.loads(answer) if answer else None

    def reset(self):
        self.control("POST", "/reset")
