"""Starts, calls, inspects and stops servers as processes, and finds the built programs."""

import http.client
import json
import os
import pathlib
import re
import select
import socket
import subprocess
import time
import typing

ROOT = pathlib.Path(__file__).resolve().parents[2]
START_MAX_S = 120


class Request(typing.NamedTuple):
    method: str
    path: str
    headers: dict
    body: bytes = b""

    def wire(self, *more):
        """As bytes."""
        head = [f"{self.method} {self.path} HTTP/1.1", *more]
        if "Host" not in self.headers:
            head.append("Host: 127.0.0.1")
        head += [f"{name}: {value}" for name, value in self.headers.items()]
        head += [f"Content-Length: {len(self.body)}", "", ""]
        return "\r\n".join(head).encode() + self.body


class Answer(typing.NamedTuple):
    status: int
    content_type: str | None
    body: bytes

    def json(self):
        return json.loads(self.body) if self.body else None


def control(method, path, value=None):
    """A call to the control API."""
    body = b"" if value is None else json.dumps(value).encode()
    return Request(method, f"/_idouble{path}", {"Content-Type": "application/json"}, body)


class Line:
    """One connection that stays open."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def must(self, request, keep=True):
        """The body of a successful response, or only its length if the body is not kept."""
        self.connection.request(request.method, request.path, request.body, request.headers)
        answer = self.connection.getresponse()
        if answer.status // 100 != 2:
            raise SystemExit(f"{request.method} {request.path}: {answer.status} {answer.read(500)}")
        if keep:
            return answer.read()
        return sum(map(len, iter(lambda: answer.read(1 << 16), b"")))

    def timed_ms(self, request, keep=True):
        """How long it took, and the answer."""
        start = time.perf_counter()
        answer = self.must(request, keep)
        return (time.perf_counter() - start) * 1e3, answer


class Process:
    """A program that listens. The port is the one of its ready line, `… on http://HOST:PORT`, or, where
    one is given, that one, and then it is ready when it takes a connection."""

    def __init__(self, *command, port=None, variables=None):
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            list(map(str, command)),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL if port else subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ | (variables or {}),
        )
        self.port = port or self._told()
        if port:
            self._wait()

    def _told(self):
        ready, _, _ = select.select([self.process.stdout], [], [], START_MAX_S)
        line = self.process.stdout.readline() if ready else ""
        found = re.search(r"ready on http://127\.0\.0\.1:(\d+)", line)
        if not found:
            self.stop()
            raise SystemExit(f"not ready: {self.process.args}: {line!r}")
        return int(found[1])

    def _wait(self):
        while time.perf_counter() - self.started < START_MAX_S and self.process.poll() is None:
            try:
                self.connect().close()
                return
            except OSError:
                time.sleep(0.005)
        self.stop()
        raise SystemExit(f"not ready: {self.process.args}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Ends it by closing its standard input, else by SIGTERM, else by SIGKILL."""
        self.process.stdin.close()
        for end in (lambda: None, self.process.terminate, self.process.kill):
            end()
            try:
                self.process.wait(timeout=2)
                break
            except subprocess.TimeoutExpired:
                pass
        if self.process.stdout:
            self.process.stdout.close()

    def since_start_ms(self):
        return (time.perf_counter() - self.started) * 1e3

    def connect(self, timeout=60):
        return socket.create_connection(("127.0.0.1", self.port), timeout=timeout)

    def ask(self, request):
        """The answer to one request, over a connection of its own."""
        with self.connect() as line:
            line.sendall(request.wire("Connection: close"))
            answer = b"".join(iter(lambda: line.recv(1 << 20), b""))
        head, _, body = answer.partition(b"\r\n\r\n")
        content_type = re.search(rb"(?i)\r\ncontent-type: *([^\r\n]*)", head)
        content_type = content_type[1].decode() if content_type else None
        return Answer(int(head.split(None, 2)[1]), content_type, body)

    def must(self, request):
        """The same, and it is a success."""
        answer = self.ask(request)
        if answer.status // 100 != 2:
            raise SystemExit(f"{request.method} {request.path}: {answer.status} {answer.body[:500]}")
        return answer

    def control(self, method, path, value=None):
        """A call to the control API."""
        return self.must(control(method, path, value))

    def line(self):
        return Line(self.port)

    def forget_most(self):
        """From now on `VmHWM` is the most memory that there was since now."""
        pathlib.Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def cpu_us(self):
        """Processor time that all its threads have taken so far."""
        threads = pathlib.Path(f"/proc/{self.process.pid}/task").iterdir()
        return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e3

    def memory_mib(self, field="VmRSS"):
        """Resident memory now; `VmHWM`: the most there was."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"{field}:\s+(\d+)", status)[1]) / 1024


class Built(typing.NamedTuple):
    """The folder that cargo has built into."""

    folder: pathlib.Path

    @property
    def binary(self):
        return self.folder / "idouble"

    def example(self, name):
        return self.folder / "examples" / name

    def serve(self, *arguments):
        return Process(self.binary, "serve", "--port", "0", "--exit-with-stdin", *arguments)

    def generate(self, file, users, groups=0, store="d-1234567890"):
        """Writes a directory with these numbers of users and groups."""
        sizes = ["--users", str(users), "--groups", str(groups), "--store", store]
        subprocess.run([self.binary, "generate", *sizes, "--output", file], check=True)


def target_folder():
    """Where `cargo build --release` builds into."""
    reported = subprocess.run(
        ["cargo", "metadata", "--format-version", "1", "--no-deps"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    ).stdout
    return pathlib.Path(json.loads(reported)["target_directory"], "release")
