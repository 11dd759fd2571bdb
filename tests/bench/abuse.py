"""Thousands of idle connections and slow senders, and what others notice of them. `make bench-abuse`."""

import contextlib
import pathlib
import resource
import select
import socket
import statistics
import time

from calls import Aws, bench_user
from load import Wrk, wrk
from tables import machine, table, us

LIMIT = 512
OTHERS = 4
HEAD_S, BODY_S = 10, 30  # As the server's limits say.
SPARE_S = 5


def options(parser):
    parser.add_argument("--connections", type=int, default=5000)
    parser.add_argument("--slow", type=int, default=500, help="of heads, and of bodies")


def connect(server, count, first):
    """So many connections, something sent on each, and when."""
    lines = {}
    for _ in range(count):
        line = server.connect()
        lines[line] = time.perf_counter()
        line.sendall(first)
    return lines


def knock(server, count):
    """So many connections on their way, taken or not."""
    lines = [socket.socket() for _ in range(count)]
    for line in lines:
        line.setblocking(False)
        line.connect_ex(("127.0.0.1", server.port))
    return lines


def held(server):
    """How many sockets the server has; some may come and go while they are counted."""
    count = 0
    for fd in pathlib.Path(f"/proc/{server.process.pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            count += str(fd.readlink()).startswith("socket:")
    return count


def close(lines):
    for line in lines:
        line.close()


def idle(built, count):
    """Connections that the limit has room for, each with a request behind it."""
    with built.serve("--connections-max", str(count * 2)) as server:
        read = Aws.describe(bench_user(server))
        alone, before = wrk(server.port, read, 2, OTHERS), server.memory_mib()
        lines = connect(server, count, read.wire())
        for line in lines:
            line.recv(1 << 16)
        beside, after = wrk(server.port, read, 2, OTHERS), server.memory_mib()
        close(lines)
    return [
        [f"{count:,} idle connections: memory", f"{before:.1f} MiB, then {after:.1f} MiB"],
        ["… a connection", f"{(after - before) * 1024 / count:.1f} KiB"],
        [f"… p99 of {OTHERS} others, alone and beside them", f"{us(alone.p99_us)}, {us(beside.p99_us)}"],
    ]


def crowd(built, count):
    """More connections than may be, that say nothing; somebody has been there before them."""
    with built.serve("--connections-max", str(LIMIT)) as server:
        read = Aws.describe(bench_user(server))
        base, before = held(server), server.memory_mib()
        others = Wrk(server.port, read, 6, OTHERS)
        time.sleep(1)
        lines = knock(server, count)
        most = 0
        for _ in range(30):
            most = max(most, held(server) - base)
            time.sleep(0.1)
        start = time.perf_counter()
        server.must(read)
        among = (time.perf_counter() - start) * 1e6
        seen, after = others.wait(), server.memory_mib("VmHWM")
        with server.connect():
            close(lines)
            left = time.perf_counter()
            server.must(read)
            took = (time.perf_counter() - left) * 1e6
    return [
        [f"{count:,} that say nothing: held at once, of {LIMIT} that may be", f"{most:,}"],
        ["… p99 of others who were there before", us(seen.p99_us)],
        ["… memory before, and the most", f"{before:.1f} MiB, {after:.1f} MiB"],
        ["… a newcomer's request, among them", us(among)],
        ["… and once they are gone", us(took)],
    ]


def drip(lines, seconds):
    """A byte a second on each, until the server ends it: after how many seconds, and with what status."""
    start, ends = time.perf_counter(), {}
    for second in range(1, seconds + 1):
        left = [line for line in lines if line not in ends]
        for line in left:
            try:
                line.send(b"x")
            except OSError:
                pass
        while left and (wait := start + second - time.perf_counter()) > 0:
            for line in select_readable(left, wait):
                ends[line] = (time.perf_counter() - lines[line], last_word(line))
                left.remove(line)
    return [ends.get(line, (seconds, "open")) for line in lines]


def last_word(line):
    """The status that it ended with."""
    try:
        answer = line.recv(1 << 16)
    except OSError:
        answer = b""
    return answer.split(None, 2)[1].decode() if answer else "closed"


def select_readable(lines, wait):
    poll = select.poll()
    by_fd = {line.fileno(): line for line in lines}
    for fd in by_fd:
        poll.register(fd, select.POLLIN)
    return [by_fd[fd] for fd, _ in poll.poll(wait * 1e3)]


def slow(built, count):
    """Heads and bodies that come by a byte a second, while others are served."""
    with built.serve("--connections-max", str(count * 3)) as server:
        user = bench_user(server)
        read, update = Aws.describe(user), Aws.update(user)
        alone = wrk(server.port, read, 2, OTHERS)
        before = server.memory_mib()
        heads = connect(server, count, b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
        bodies = connect(server, count, update.wire()[: -len(update.body)])
        others = Wrk(server.port, read, BODY_S, OTHERS)
        ends = drip(heads | bodies, BODY_S + SPARE_S)
        seen, after = others.wait(), server.memory_mib("VmHWM")
        close(heads | bodies)

    def told(ends):
        statuses = sorted({status for _, status in ends})
        return f"{statistics.median(after for after, _ in ends):.1f} s, {', '.join(statuses)}"

    return [
        [f"{count} slow heads: ended after, with; limit {HEAD_S} s", told(ends[:count])],
        [f"{count} slow bodies: ended after, with; limit {BODY_S} s", told(ends[count:])],
        [f"… p99 of {OTHERS} others, alone and beside them", f"{us(alone.p99_us)}, {us(seen.p99_us)}"],
        ["… memory before, and the most", f"{before:.1f} MiB, {after:.1f} MiB"],
    ]


def run(built, options):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # The servers' too.
    print(f"{machine()}; wrk, 1 thread, {OTHERS} connections, DescribeUser")
    rows = idle(built, options.connections) + crowd(built, options.connections)
    table(["", ""], rows + slow(built, options.slow))
