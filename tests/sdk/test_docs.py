"""Runs the snippets of README.md and docs/*.md as printed, on a free port.

- ```python: runs against one server for the page, in the order of the page.
- ```sh: a line that starts a server must get it ready; later lines of the block use that server.
- ```toml: a configuration that `idouble check` must accept, or a fixture if it begins with `[[store]]`.
- `<!-- file: NAME -->` before a fence: a file of a sample suite; its suite runs with pytest, or in `make test-npm`.
- `<!-- output -->` before a fence: what the block before it prints; `…` matches anything.
- `<!-- test: skip -->` before a fence: not run.

Port 4747 becomes the port of the server. Lines with git, cargo, cd, make and pip are not run.
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

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(
    r"(?P<marks>(?:^<!--[^\n]*-->\n)*)^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
NOT_RUN = ("git clone", "cargo install", "cd ", "make ", "#", "pip ")
STARTS = re.compile(r"^idouble(?P<arguments>(?:\s+serve)?(?:\s+--?.*)?)$")


@dataclass
class Block:
    page: pathlib.Path
    line: int
    kind: str
    text: str
    marks: str
    output: str | None = None

    @property
    def file(self):
        found = re.search(r"<!-- file: (\S+) -->", self.marks)
        return found and found[1]

    def __str__(self):
        return f"{self.page.stem}-{self.line}-{self.kind}"


def blocks():
    found = []
    for page in PAGES:
        text = page.read_text()
        for match in FENCE.finditer(text):
            if "<!-- output -->" in match["marks"]:
                found[-1].output = match["text"]
            elif "<!-- test: skip -->" not in match["marks"]:
                line = text.count("\n", 0, match.start("kind")) + 1
                found.append(Block(page, line, match["kind"], match["text"], match["marks"]))
    return found


BLOCKS = blocks()
SNIPPETS = [block for block in BLOCKS if not block.file]
PYTHON_PAGES = list(dict.fromkeys(block.page for block in SNIPPETS if block.kind == "python"))
FILES = {block.file: block.text for block in BLOCKS if block.file}


@pytest.mark.parametrize("page", PYTHON_PAGES, ids=lambda page: page.stem)
def test_python_snippets_of_a_page(page, spawn, binary):
    server = spawn()
    for block in SNIPPETS:
        if block.page == page and block.kind == "python":
            printed = run([sys.executable, "-c", with_port(block.text, server)], server, binary)
            check_output(block, printed, server)


@pytest.mark.parametrize("block", [block for block in SNIPPETS if block.kind == "sh"], ids=str)
def test_shell_snippet(block, spawn, binary, tmp_path):
    # Tools write files to the working directory; paths in the documentation are relative to the repository.
    (tmp_path / "fixtures").symlink_to(ROOT / "fixtures")
    printed, server = run_shell(block, spawn, binary, tmp_path)
    check_output(block, printed, server)


@pytest.mark.parametrize("block", [block for block in SNIPPETS if block.kind == "toml"], ids=str)
def test_toml_snippet(block, binary, tmp_path):
    is_fixture = block.text.startswith("[[store]]")
    file = tmp_path / "snippet.toml"
    file.write_text(block.text)
    run([binary, "check", "--fixture" if is_fixture else "--config", str(file)], None, binary)


@pytest.mark.parametrize("file", ["test_rename.py", "idouble.test.mjs", "tests/rename.rs"])
def test_first_test_of_each_language_has_under_ten_lines(file):
    test = FILES[file].split("// The code under test.")[0]
    assert len([line for line in test.splitlines() if line.strip()]) < 10


def check_output(block, printed, server):
    if block.output is not None:
        assert matches(printed, with_port(block.output, server)), printed


def with_port(text, server):
    tls_port = server.tls_url.rsplit(":", 1)[1]
    return text.replace("4747", str(server.port)).replace("4748", tls_port)


def run(command, server, binary, cwd=ROOT):
    """Output of a command, which must succeed."""
    folders = [pathlib.Path(binary).parent, pathlib.Path(sys.executable).parent, ROOT / ".venv/aws-tools/bin"]
    path = os.pathsep.join([*map(str, folders), os.environ["PATH"]])
    environment = os.environ | {"PATH": path}
    if server:
        environment["IDOUBLE_PORT"] = str(server.port)
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


def run_shell(block, spawn, binary, cwd):
    """Runs the commands of a block. Returns their output and the last server that the block started, or
    one that was started before it."""
    script = []
    server = None
    for line in block.text.replace("\\\n", " ").splitlines():
        command = re.split(r"\s+#|\s*&$", line.strip())[0].strip()
        start = STARTS.match(command)
        if start:
            server = start_server(shlex.split(start["arguments"]), spawn, binary, script, cwd)
            script = []
        elif line.strip() and not line.startswith(NOT_RUN):
            script.append(line)
    server = server or spawn()
    script = with_port("\n".join(script), server)
    return run(["bash", "-euo", "pipefail", "-c", script], server, binary, cwd), server


def start_server(arguments, spawn, binary, script, cwd):
    """A server with these arguments on a free port, after the commands before it."""
    if script:
        run(["bash", "-euo", "pipefail", "-c", "\n".join(script)], None, binary, cwd)
    arguments = [part for part in arguments if part != "serve"]
    while "--port" in arguments:
        at = arguments.index("--port")
        del arguments[at : at + 2]
    # Paths in the documentation are relative to the repository.
    paths = [str(ROOT / part) if (ROOT / part).is_file() else part for part in arguments]
    return spawn(*paths)


def matches(printed, expected):
    pattern = ".*?".join(re.escape(part) for part in expected.strip().split("…"))
    return re.fullmatch(pattern, printed.strip(), re.DOTALL) is not None


def write_files(folder, *names):
    for name in names:
        (folder / name).write_text(FILES[name])


def test_the_python_sample_suite_passes(binary, tmp_path, monkeypatch):
    write_files(tmp_path, "test_rename.py")
    # The plugin from its source; `make test-wheel` tests the built wheel.
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "clients/python/python"))
    monkeypatch.setenv("IDOUBLE_BIN", binary)
    options = ["-q", "-p", "no:cacheprovider", "-p", "idouble.pytest_plugin"]
    output = run([sys.executable, "-m", "pytest", *options], None, binary, tmp_path)
    assert "1 passed" in output
