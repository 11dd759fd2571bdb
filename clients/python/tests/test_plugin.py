"""The plugin itself: each test runs pytest on a suite of its own."""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

import idouble  # noqa: E402

STORE = '[[store]]\nid = "d-00000000aa"\n[[store.user]]\n'


def alive(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.mark.parametrize("workers", [[], ["-n", "2"]])
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_killed_session_leaves_no_process(pytester, workers):
    os.mkfifo(pytester.path / "pids")
    pipe = os.open(pytester.path / "pids", os.O_RDWR)
    pytester.makepyfile("""
        import time
        import pytest

        @pytest.mark.parametrize("number", range(2))
        def test_waits(idouble_server, number):
            with open("pids", "w") as file:
                print(idouble_server._process.pid, file=file)
            time.sleep(600)
    """)
    command = [sys.executable, "-m", "pytest", "-q", *workers]
    session = subprocess.Popen(command, cwd=pytester.path, start_new_session=True)
    pids = set()
    while len(pids) < (2 if workers else 1):
        assert select.select([pipe], [], [], 60)[0], "the suite did not start a server"
        pids.update(int(line) for line in os.read(pipe, 4096).splitlines())
    os.close(pipe)
    # A pidfd becomes readable when its process ends.
    ends = [os.pidfd_open(pid) for pid in pids]
    session.send_signal(signal.SIGKILL)
    session.wait()
    for end in ends:
        assert select.select([end], [], [], 20)[0], "a server outlives its pytest"
        os.close(end)
    assert not any(map(alive, pids))


def test_a_broken_fixture_fails_with_its_line(pytester):
    pytester.makefile(".toml", staff=STORE + 'user_nam = "x"\n')
    pytester.makepyfile("""
        import pytest

        @pytest.fixture(scope="session")
        def idouble_options():
            return {"fixture": "staff.toml"}

        def test_one(idouble):
            pass
    """)
    result = pytester.runpytest_subprocess("-p", "no:randomly")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*staff.toml:4:1: unknown key `user_nam`", "*^^^^^^^^*"])


def test_a_broken_fixture_of_a_marker_fails_with_its_line(pytester):
    pytester.makefile(".toml", staff=STORE + 'user_nam = "x"\n')
    pytester.makepyfile("""
        import pytest

        @pytest.mark.idouble(fixture="staff.toml")
        def test_one(idouble):
            pass

        @pytest.mark.idouble(copi="d-1234567890")
        def test_two(idouble):
            pass
    """)
    result = pytester.runpytest_subprocess("-p", "no:randomly")
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["*staff.toml:4:1: unknown key `user_nam`", "*^^^^^^^^*"])
    result.stdout.fnmatch_lines(["*invalid marker*copi*"])


def test_a_failed_test_shows_its_requests(pytester):
    pytester.makepyfile("""
        def test_one(idouble):
            idouble.aws().list_users(IdentityStoreId=idouble.id)
            assert False
    """)
    result = pytester.runpytest_subprocess("-p", "no:randomly")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*idouble journal*", "*aws:ListUsers 200*"])


def test_a_running_server_can_be_used(pytester):
    pytester.makepyfile("""
        def test_one(idouble):
            assert idouble.aws().list_users(IdentityStoreId=idouble.id)["Users"] == []
    """)
    with idouble.start() as server:
        result = pytester.runpytest_subprocess("--idouble-url", server.url)
        result.assert_outcomes(passed=1)
        server.journal.assert_called("ListUsers", 1)
        # Only the built-in store is left.
        assert len(server._control.call("GET", "/stores")["stores"]) == 1
    result = pytester.runpytest_subprocess("--idouble-url", server.url)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*no idouble at {server.url}*"])


@pytest.mark.parametrize("command", [["idouble"], [sys.executable, "-m", "idouble"]])
def test_the_binary_is_run(command):
    if command == ["idouble"]:
        command = [idouble.find_binary()]
    result = subprocess.run([*command, "--version"], check=True, capture_output=True, text=True)
    assert result.stdout.startswith("idouble ")
