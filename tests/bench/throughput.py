"""Throughput, latency, start and memory, compared with a bare hyper server. `make bench`.

Both servers get the same request bytes from wrk (1 thread, 16 connections) in turn, in several rounds. The
bare server returns the bytes that idouble returned. Journal and metrics are on, and one fault rule that
matches no user is loaded. The tables show medians. Installed peers (moto and others) are compared too.
"""

import json
import statistics
import subprocess
import tempfile

import calls
import peers
from calls import RULE, Aws, Huawei
from load import Wrk, by_turns, medians, pairs, wrk
from process import Process
from tables import italic, machine, table, us

PEOPLE = 1000
DELAY = {"on": "*:UpdateUser", "do": {"delay": "100ms"}}


def options(parser):
    parser.add_argument("--quick", action="store_true", help="UpdateUser and DescribeUser only")
    parser.add_argument("--rounds", type=int, help="of a second each")
    parser.add_argument("--starts", type=int, default=50)


class Sent:
    """The requests to a server with users."""

    def __init__(self, server, quick):
        user = calls.bench_user(server)
        self.singles, self.pairs = [], []
        for cloud in (Aws, Huawei):
            self.singles += [(f"{cloud.name} UpdateUser", cloud.update(user))]
            self.singles += [(f"{cloud.name} DescribeUser", cloud.describe(user))]
            if not quick:
                self.singles += [(f"{cloud.name} GetUserId", cloud.find("bench"))]
                self.singles += [(f"{cloud.name} ListUsers, 100", cloud.list())]
                pair = calls.pair(server, cloud)
                self.pairs += [(f"{cloud.name} CreateUser, DeleteUser", pair)]


class Bare:
    """The bare server, with the responses of idouble."""

    def __init__(self, built, answers):
        output = [
            {"status": a.status, "content_type": a.content_type, "body": a.body.decode()} for a in answers
        ]
        self.file = tempfile.NamedTemporaryFile("w", suffix=".json")
        json.dump(output, self.file)
        self.file.flush()
        self.server = Process(built.example("bare_hyper"), self.file.name)

    def __enter__(self):
        return self.server

    def __exit__(self, *_):
        self.server.stop()
        self.file.close()


def rows(name, compared, size):
    one, other = compared.one, compared.other
    ours = [name, f"{one.rate:,.0f}", f"{compared.rate_ratio:.2f}", us(one.p50_us), us(one.p99_us)]
    bare = [f"bare hyper, {size:,} bytes", f"{other.rate:,.0f}", "", us(other.p50_us), us(other.p99_us)]
    return [ours, italic(bare)]


def throughput(built, ours, sent, rounds):
    output = []
    for name, request in sent.singles:
        answer = ours.must(request)
        with Bare(built, [answer]) as bare:
            compared = by_turns(
                rounds, lambda: wrk(ours.port, request, 1), lambda: wrk(bare.port, request, 1)
            )
        output += rows(name, compared, len(answer.body))
    for name, pair in sent.pairs:
        answers = [ours.must(pair.create)]
        answers.append(ours.must(pair.delete_of(answers[0])))
        program = built.example("pairs")
        with Bare(built, answers) as bare:
            compared = by_turns(
                rounds,
                lambda: pairs(program, ours.port, pair, 1),
                lambda: pairs(program, bare.port, pair, 1),
            )
        output += rows(name, compared, sum(len(answer.body) for answer in answers) // 2)
    table(["16 connections", "requests/s", "ratio to bare hyper", "p50", "p99"], output)


def latency(ours, sent, rounds):
    output = []
    for name, request in sent.singles:
        if "User" in name and "List" not in name and "Id" not in name:
            seen = medians([wrk(ours.port, request, 1, 256) for _ in range(rounds)])
            output.append([name, f"{seen.rate:,.0f}", us(seen.p50_us), us(seen.p99_us)])
    table(["256 connections", "requests/s", "p50", "p99"], output)


def strict(built, rounds):
    """UpdateUser and DescribeUser with signatures that the server checks. The goal is 0.6 of bare hyper."""
    output = []
    with built.serve("--auth", "strict", "--clock", calls.SIGNED_AT) as ours:
        user = ours.must(calls.signed(Aws.create("bench"))).json()["UserId"]
        for cloud in (Aws, Huawei):
            for name, request in [("UpdateUser", cloud.update(user)), ("DescribeUser", cloud.describe(user))]:
                request = calls.signed(request)
                answer = ours.must(request)
                with Bare(built, [answer]) as bare:
                    compared = by_turns(
                        rounds, lambda: wrk(ours.port, request, 1), lambda: wrk(bare.port, request, 1)
                    )
                output += rows(f"{cloud.name} {name}", compared, len(answer.body))
    table(["--auth strict", "requests/s", "ratio to bare hyper", "p50", "p99"], output)


def delayed(built, seconds):
    """Each update waits 100 ms on 2,000 connections, during concurrent reads."""
    connections = 2000
    with built.serve("--connections-max", str(connections * 2)) as ours:
        user = calls.bench_user(ours)
        read = Aws.describe(user)
        alone = wrk(ours.port, read, seconds, 1)
        before = ours.memory_mib()
        ours.control("POST", "/faults", DELAY)
        load = Wrk(ours.port, Aws.update(user), seconds + 2, connections)
        reader = wrk(ours.port, read, seconds, 1)
        seen = load.wait()
        most = ours.memory_mib("VmHWM")
    output = [
        ["requests/s; all overlapping would be 20,000", f"{seen.rate:,.0f}"],
        ["p50, p99", f"{us(seen.p50_us)}, {us(seen.p99_us)}"],
        ["memory before, and the most", f"{before:.1f} MiB, {most:.1f} MiB"],
        ["DescribeUser on one connection: p50, p99, alone", f"{us(alone.p50_us)}, {us(alone.p99_us)}"],
        ["… of a concurrent reader", f"{us(reader.p50_us)}, {us(reader.p99_us)}"],
    ]
    table([f"{connections:,} connections, each update 100 ms late", ""], output)


def first_answer(built, starts):
    """Milliseconds from exec to the first answer, and to the ready line."""
    answered, ready = [], []
    for _ in range(starts):
        with built.serve() as server:
            ready.append(server.since_start_ms())
            server.must(Aws.list())
            answered.append(server.since_start_ms())
    return statistics.median(answered), statistics.median(ready)


def idle_memory(built):
    with built.serve() as server:
        server.must(Aws.list())
        return server.memory_mib()


def journal_cost(built, rounds):
    """Percent fewer updates a second with the journal on."""
    with built.serve() as on, built.serve("--journal-entries", "0") as off:
        request = Aws.update(calls.bench_user(on))
        other = Aws.update(calls.bench_user(off))
        compared = by_turns(
            rounds, lambda: wrk(on.port, request, 1), lambda: wrk(off.port, other, 1)
        )
    return (1 - compared.rate_ratio) * 100


def rules_cost(built, rounds):
    """Added microseconds per call with 1,000 rules that select its operation and other users."""

    def ns(rules):
        command = [built.example("pipeline"), "aws-update", "20000", str(rules)]
        return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    return statistics.median(ns(1000) - ns(0) for _ in range(rounds)) / 1e3


def run(built, options):
    rounds = options.rounds or (3 if options.quick else 5)
    print(f"{machine()}; wrk, 1 thread; medians of {rounds} rounds of a second, in turn with bare hyper")
    with tempfile.NamedTemporaryFile(suffix=".json") as directory:
        built.generate(directory.name, PEOPLE)
        with built.serve("--fixture", directory.name) as ours:
            ours.control("POST", "/faults", RULE)
            sent = Sent(ours, options.quick)
            throughput(built, ours, sent, rounds)
            latency(ours, sent, 1 if options.quick else 3)
    strict(built, rounds)
    delayed(built, 2 if options.quick else 4)
    answered, ready = first_answer(built, options.starts)
    output = [
        [f"from exec to the ready line, median of {options.starts}", f"{ready:.1f} ms"],
        ["from exec to the first answer", f"{answered:.1f} ms"],
        ["idle memory", f"{idle_memory(built):.1f} MiB"],
        ["binary", f"{built.binary.stat().st_size / 1e6:.1f} MB"],
        ["journal on, AWS UpdateUser", f"{journal_cost(built, rounds):.1f} % fewer requests/s"],
        ["1,000 fault rules that do not match", f"{rules_cost(built, rounds):.1f} µs a request"],
    ]
    table(["", ""], output)
    peers.compare(built, rounds)
