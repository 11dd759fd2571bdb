"""Long loads show a progress bar, on a terminal only."""

import os
import pty
import select
import subprocess
import termios
import time


def checking(binary, tmp_path, stderr, command=("check",)):
    """`idouble check` of a fixture that comes through a pipe, so that it takes as long as we like."""
    fixture = tmp_path / "slow.json"
    os.mkfifo(fixture)
    command = [binary, *command, "--fixture", str(fixture)]
    # idouble reports this variable of the tests as unknown.
    env = {name: value for name, value in os.environ.items() if not name.startswith("IDOUBLE_")}
    options = {"stdout": subprocess.PIPE, "stderr": stderr, "cwd": tmp_path, "env": env}
    process = subprocess.Popen(command, **options)
    return process, fixture


def finish(process, fixture):
    fixture.write_text('{"store":[]}')
    out, err = process.communicate(timeout=20)
    assert (process.returncode, b"0 stores" in out) == (0, True), (out, err)
    return err


def wait_for(words, ours):
    output = b""
    while words not in output:
        assert select.select([ours], [], [], 20)[0], output
        output += os.read(ours, 4096)


def test_progress_of_loading_is_shown_on_a_terminal(binary, tmp_path):
    ours, theirs = pty.openpty()
    process, fixture = checking(binary, tmp_path, theirs)
    os.close(theirs)
    wait_for(b"reading fixtures", ours)
    finish(process, fixture)
    os.close(ours)


def test_stopped_terminal_does_not_delay_the_server(binary, tmp_path):
    ours, theirs = pty.openpty()
    process, fixture = checking(binary, tmp_path, theirs, ("serve", "--port", "0"))
    wait_for(b"loading fixtures", ours)
    termios.tcflow(theirs, termios.TCOOFF)  # As Ctrl-S does.
    fixture.write_text('{"store":[]}')
    ready = select.select([process.stdout], [], [], 20)[0]
    termios.tcflow(theirs, termios.TCOON)
    process.terminate()
    out, _ = process.communicate(timeout=20)
    assert ready and out.startswith(b"idouble ready on "), out
    for terminal in [ours, theirs]:
        os.close(terminal)


def test_no_progress_is_written_to_a_file(binary, tmp_path):
    process, fixture = checking(binary, tmp_path, subprocess.PIPE)
    time.sleep(1)
    assert finish(process, fixture) == b""
