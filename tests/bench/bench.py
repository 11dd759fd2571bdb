"""How fast, how soon, how small: prints a markdown table. Called by `make bench`.

Ours and a bare hyper server take the same request bytes from wrk (1 thread, 16 connections) in turn,
several rounds, so that what else the machine does hits both alike. Medians are told.
"""

import argparse
import json
import os
import pathlib
import re
import select
import socket
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
STORE = "d-1234567890"
JSON = {"Content-Type": "application/json"}


class Process:
    """A server that prints `… ready on http://HOST:PORT` and ends with its standard input."""

    def __init__(self, *command):
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            list(map(str, command)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        ready, _, _ = select.select([self.process.stdout], [], [], 20)
        line = self.process.stdout.readline() if ready else ""
        found = re.search(r"ready on http://127\.0\.0\.1:(\d+)", line)
        if not found:
            self.stop()
            raise SystemExit(f"not ready: {command}: {line!r}")
        self.port = int(found[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.process.stdin.close()
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()

    def ask(self, method, path, headers, body):
        """The JSON answer to one request, over a socket of its own."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as line:
            head = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: close"]
            head += [f"{name}: {value}" for name, value in headers.items()]
            head += [f"Content-Length: {len(body)}", "", ""]
            line.sendall("\r\n".join(head).encode() + body)
            answer = b"".join(iter(lambda: line.recv(65536), b""))
        status = int(answer.split(None, 2)[1])
        text = answer.partition(b"\r\n\r\n")[2]
        return status, json.loads(text) if text else None

    def memory_kib(self):
        """Resident memory."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1])


def aws(operation, **members):
    headers = {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": f"AWSIdentityStore.{operation}",
        "Authorization": "AWS4-HMAC-SHA256 Credential=AKIDBENCH/20260101/us-east-1/identitystore/"
        "aws4_request, SignedHeaders=host;x-amz-date;x-amz-target, Signature=" + "0" * 64,
    }
    return "POST", "/", headers, json.dumps({"IdentityStoreId": STORE} | members).encode()


def updates(server):
    """The same update of one user, on each cloud, as request bytes."""
    person = {
        "UserName": "bench",
        "DisplayName": "Bench",
        "Name": {"GivenName": "B", "FamilyName": "Ench"},
        "Emails": [{"Value": "bench@example.com", "Type": "work", "Primary": True}],
    }
    _, made = server.ask(*aws("CreateUser", **person))
    user = made["UserId"]
    steps = [("displayName", "display_name", "Bench Mark"), ("title", "title", "Engineer")]
    by_aws = [{"AttributePath": path, "AttributeValue": value} for path, _, value in steps]
    by_huawei = [{"attribute_path": path, "attribute_value": value} for _, path, value in steps]
    path = f"/v1/identity-stores/{STORE}/users/{user}"
    signed = JSON | {
        "X-Sdk-Date": "20260101T000000Z",
        "Authorization": "SDK-HMAC-SHA256 Access=HWAKBENCH, SignedHeaders=content-type;host;x-sdk-date, "
        "Signature=" + "0" * 64,
    }
    return {
        "AWS UpdateUser": aws("UpdateUser", UserId=user, Operations=by_aws),
        "Huawei UpdateUser": ("PUT", path, signed, json.dumps({"operations": by_huawei}).encode()),
    }


def wrk(port, request, seconds):
    """Requests per second, and the latencies of one round in microseconds."""
    method, path, headers, body = request
    script = [f"wrk.method = {json.dumps(method)}", f"wrk.body = {json.dumps(body.decode())}"]
    script += [f"wrk.headers[{json.dumps(k)}] = {json.dumps(v)}" for k, v in headers.items()]
    script.append(
        "done = function(summary, latency) io.write(string.format("
        "'RESULT %d %d %d %d %d\\n', summary.requests, summary.duration, latency:percentile(50), "
        "latency:percentile(99), summary.errors.status + summary.errors.read + "
        "summary.errors.write + summary.errors.timeout + summary.errors.connect)) end"
    )
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write("\n".join(script))
        file.flush()
        url = f"http://127.0.0.1:{port}{path}"
        command = ["wrk", "-t1", "-c16", f"-d{seconds}s", "-s", file.name, url]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    requests, duration, p50, p99, errors = map(int, re.search(r"RESULT (.*)", told)[1].split())
    if errors:
        raise SystemExit(f"{errors} requests failed: {method} {path}")
    return requests / duration * 1e6, p50, p99


def throughput(binary, bare_binary, rounds, seconds):
    rows = []
    with Process(binary, "serve", "--port", "0", "--exit-with-stdin") as ours, Process(bare_binary) as bare:
        for name, request in updates(ours).items():
            status, answer = ours.ask(*request)
            if status != 200:
                raise SystemExit(f"{name}: {status} {answer}")
            wrk(ours.port, request, 1), wrk(bare.port, request, 1)  # Warm up.
            mine, floor = [], []
            for _ in range(rounds):
                mine.append(wrk(ours.port, request, seconds))
                floor.append(wrk(bare.port, request, seconds))
            rate, p50, p99 = (statistics.median(column) for column in zip(*mine))
            bare_rate, bare_p50, bare_p99 = (statistics.median(column) for column in zip(*floor))
            ratio = statistics.median(a[0] / b[0] for a, b in zip(mine, floor))
            rows.append(
                f"| {name} | {rate:,.0f} | {ratio:.2f} | {p50:.0f} µs | {p99:.0f} µs |\n"
                f"| *bare hyper, same bytes* | *{bare_rate:,.0f}* | | *{bare_p50:.0f} µs* | *{bare_p99:.0f} µs* |"
            )
    return rows


def first_answer(binary, starts):
    """Milliseconds from exec to the first answer, and to the ready line."""
    answered, ready = [], []
    for _ in range(starts):
        with Process(binary, "serve", "--port", "0", "--exit-with-stdin") as server:
            ready.append((time.perf_counter() - server.started) * 1e3)
            status, _ = server.ask(*aws("ListUsers"))
            answered.append((time.perf_counter() - server.started) * 1e3)
            if status != 200:
                raise SystemExit(f"the first answer has status {status}")
    return statistics.median(answered), statistics.median(ready)


def idle_memory(binary):
    with Process(binary, "serve", "--port", "0", "--exit-with-stdin") as server:
        server.ask(*aws("ListUsers"))
        return server.memory_kib() / 1024


def target_folder():
    told = subprocess.run(
        ["cargo", "metadata", "--format-version", "1", "--no-deps"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    ).stdout
    return pathlib.Path(json.loads(told)["target_directory"], "release")


def machine():
    found = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return f"{found[1] if found else 'unknown'}, {os.cpu_count()} cores"


def rules_cost(pipeline, rounds):
    """Microseconds that a call takes longer with 1,000 rules about its operation, none about its user."""

    def ns(rules):
        command = [str(pipeline), "aws-update", "20000", str(rules)]
        return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    return statistics.median(ns(1000) - ns(0) for _ in range(rounds)) / 1e3


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=3, help="of each round")
    parser.add_argument("--starts", type=int, default=50)
    options = parser.parse_args()
    folder = target_folder()
    pipeline = folder / "examples" / "pipeline"
    binary, bare = folder / "idouble", folder / "examples" / "bare_hyper"
    rows = throughput(binary, bare, options.rounds, options.seconds)
    answered, ready = first_answer(binary, options.starts)
    print(f"\n{machine()}; wrk, 1 thread, 16 connections, medians of {options.rounds} rounds in turn\n")
    print("| | requests/s | ratio to bare hyper | p50 | p99 |\n|---|---|---|---|---|")
    print("\n".join(rows))
    print("\n| | |\n|---|---|")
    print(f"| from exec to the ready line | {ready:.1f} ms |")
    print(f"| from exec to the first answer | {answered:.1f} ms |")
    print(f"| 1,000 fault rules that do not match | {rules_cost(pipeline, options.rounds):.1f} µs a request |")
    print(f"| idle memory | {idle_memory(binary):.1f} MiB |")
    print(f"| binary | {binary.stat().st_size / 1e6:.1f} MB |")


if __name__ == "__main__":
    main()
