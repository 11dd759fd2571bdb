"""What takes long shows that it goes on: on a terminal, and nowhere else."""

import os
import pty
import select
import subprocess
import time


def checking(binary, tmp_path, stderr):
    """`idouble check` of a fixture that comes through a pipe, so that it takes as long as we like."""
    fixture = tmp_path / "slow.json"
    os.mkfifo(fixture)
    command = [binary, "check", "--fixture", str(fixture)]
    # It would wonder at the variable that tells these tests which binary to run.
    env = {name: value for name, value in os.environ.items() if not name.startswith("IDOUBLE_")}
    options = {"stdout": subprocess.PIPE, "stderr": stderr, "cwd": tmp_path, "env": env}
    process = subprocess.Popen(command, **options)
    return process, fixture


def finish(process, fixture):
    fixture.write_text('{"store":[]}')
    out, err = process.communicate(timeout=20)
    assert (process.returncode, b"0 stores" in out) == (0, True), (out, err)
    return err


def test_a_terminal_is_told_that_fixtures_are_read(binary, tmp_path):
    ours, theirs = pty.openpty()
    process, fixture = checking(binary, tmp_path, theirs)
    os.close(theirs)
    told = b""
    while b"reading fixtures" not in told:
        assert select.select([ours], [], [], 20)[0], told
        told += os.read(ours, 4096)
    finish(process, fixture)
    os.close(ours)


def test_a_file_is_told_nothing(binary, tmp_path):
    process, fixture = checking(binary, tmp_path, subprocess.PIPE)
    time.sleep(1)
    assert finish(process, fixture) == b""
