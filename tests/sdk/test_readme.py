"""README's own commands and snippets, run as printed, on a port of their own.

- ```python: run, all against one server, in the order of the page.
- ```sh, ```console: a line that starts a server has to get it ready, and the lines after it in the
  block run against that one; in ```console only lines that begin with `$ ` are commands.
- ```toml: a config that `idouble check` has to accept.
- `<!-- output -->` before a fence: what the block before it prints.
- `<!-- test: skip -->` before a fence: not run. `<!-- fault: SPEC -->`: against a server with that fault.

Port 4747 in the text becomes the port of the server. Lines for a clone, `cd` and `make` are not run.
"""

import os
import pathlib
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass

import pytest

from conftest import ROOT
from server import Server

README = ROOT / "README.md"
FENCE = re.compile(
    r"(?P<marks>(?:^<!--[^\n]*-->\n)*)^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
NOT_RUN = ("git clone", "cd ", "make ", "#", "pip ", "python3 -m venv")
STARTS = re.compile(r"^(?:idouble|cargo run --release(?: --)?|make run)(?P<arguments>(?:\s+serve)?(?:\s+--?.*)?)$")


@dataclass
class Block:
    line: int
    kind: str
    text: str
    marks: str
    output: str | None = None

    @property
    def fault(self):
        found = re.search(r"<!-- fault: (.*?) -->", self.marks)
        return found.group(1) if found else None


def blocks():
    page = README.read_text() if README.exists() else ""
    found = []
    for match in FENCE.finditer(page):
        marks, kind, text = match["marks"], match["kind"], match["text"]
        if "<!-- output -->" in marks and found:
            found[-1].output = text
        elif "<!-- test: skip -->" not in marks:
            line = page.count("\n", 0, match.start("kind")) + 1
            found.append(Block(line, kind, text, marks))
    return [block for block in found if block.kind in ("python", "sh", "console", "toml")]


@pytest.fixture(scope="module")
def page(binary, tmp_path_factory):
    """The server that the snippets of the page talk to."""
    server = Server(binary, [], tmp_path_factory.mktemp("readme") / "log")
    yield server
    server.stop()


@pytest.mark.skipif(not README.exists(), reason="there is no README yet")
@pytest.mark.parametrize("block", blocks(), ids=lambda block: f"line-{block.line}-{block.kind}")
def test_readme(block, page, spawn, binary, tmp_path):
    server = spawn(fault=block.fault) if block.fault else page
    if block.kind == "toml":
        config = tmp_path / "idouble.toml"
        config.write_text(block.text)
        run([binary, "check", "--config", str(config)], server, binary)
        return
    if block.kind == "python":
        told = run([sys.executable, "-c", ported(block.text, server)], server, binary)
    else:
        told = shell(block, server, spawn, binary)
    if block.output is not None:
        assert same(told, ported(block.output, server)), told


def ported(text, server):
    return text.replace("4747", str(server.port))


def run(command, server, binary):
    """What a command prints; it has to succeed."""
    folder = pathlib.Path(binary).parent
    path = os.pathsep.join([str(folder), str(pathlib.Path(sys.executable).parent), os.environ["PATH"]])
    environment = os.environ | {"PATH": path, "IDOUBLE_PORT": str(server.port)}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


def shell(block, server, spawn, binary):
    """Runs a block's commands; what they print."""
    lines = block.text.replace("\\\n", " ").splitlines()
    if block.kind == "console":
        lines = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    script = []
    for line in (line.strip() for line in lines):
        plain = re.split(r"\s+#|\s*&$", line)[0].strip()
        start = STARTS.match(plain)
        if start:
            server = started(shlex.split(start["arguments"]), spawn)
        elif line and not line.startswith(NOT_RUN):
            script.append(ported(line, server))
    return run(["bash", "-euo", "pipefail", "-c", "\n".join(script)], server, binary)


def started(arguments, spawn):
    """A server with these arguments, but on a free port."""
    if arguments[:1] == ["serve"]:
        arguments = arguments[1:]
    while "--port" in arguments:
        at = arguments.index("--port")
        del arguments[at : at + 2]
    # Paths on the page are relative to the project.
    paths = [str(ROOT / part) if (ROOT / part).is_file() else part for part in arguments]
    return spawn(*paths)


def same(told, expected):
    """Whether the output is the expected one; `…` stands for anything."""
    pattern = ".*?".join(re.escape(part) for part in expected.strip().split("…"))
    return re.fullmatch(pattern, told.strip(), re.DOTALL) is not None
