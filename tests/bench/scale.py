"""As fast with a million users as with a hundred, and with 10,000 stores as with one. `make bench-scale`.

Directories are those of `idouble generate`. Percentiles are of one connection, so that they tell what a
request takes and not how long it waits for others; both sides answer 20,000 different requests in turn.
Where a machine wakes its processors slowly, that is most of them; so the processor time of a request is
output as well, of 16 connections, which keep the processors awake.
"""

import json
import pathlib
import re
import statistics
import tempfile
import time

from calls import STORE, Aws, Huawei, aws
from load import MARK, Wrk, by_turns, wrk
from process import control
from tables import machine, ms, table, us

SMALL = 100
VALUES = 20_000
MEMBERS = 100_000
STORE_USERS = 100
# Time for which a reader runs before and after the measured call, and its time limit.
AROUND_S, READER_MAX_S = 0.5, 300


def options(parser):
    parser.add_argument("--users", type=int, nargs="*", default=[100_000, 1_000_000])
    parser.add_argument("--stores", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5, help="of a second each")


class Table:
    """Measured rows, each with its goal."""

    def __init__(self, title):
        self.head, self.rows = [title, "", "goal"], []

    def add(self, what, figure, goal=""):
        self.rows.append([what, figure, goal])

    def show(self):
        table(self.head, self.rows)


def first_answer(server):
    server.must(Aws.list())
    return server.since_start_ms()


def start(built, folder, users, output):
    """Time from exec to the first response, and memory, of a directory of only users."""
    file = folder / "people.json"
    built.generate(file, users)
    with built.serve() as server:
        empty = server.memory_mib()
    goals = {100_000: "1 s", 1_000_000: "8 s"}
    with built.serve("--fixture", file) as server:
        took = first_answer(server)
        output.add("from exec to the first answer", ms(took), goals.get(users, ""))
        each = (server.memory_mib() - empty) * 1024 / users
        output.add("resident memory a user", f"{each:.2f} KiB", "1 KiB")
        most = (server.memory_mib("VmHWM") - empty) * 1024 / users
        output.add("the most while loading, a user", f"{most:.2f} KiB")
    file.unlink()


def walk(server):
    """The users' ids, and the token of the last page."""
    users, token, last = [], None, None
    with server.line() as line:
        while True:
            page = line.must(Aws.list(token)).decode()
            users += re.findall(r'"UserId":"([^"]+)"', page)
            found = re.search(r'"NextToken":"([^"]+)"', page)
            if not found:
                return users, last
            last = token = found[1]


def spread(values, count=VALUES):
    """Return `count` of the values, evenly spread over the list."""
    step = max(len(values) // count, 1)
    some = values[::step]
    return [some[n % len(some)] for n in range(count)]


def processor_time(output, against, request, rounds, one, other):
    """The processor time of a request: of a server with its values, and of another."""

    def round(server, values):
        before = server.cpu_us()
        seen = wrk(server.port, request, 1, 16, values)
        return (server.cpu_us() - before) / seen.rate

    spent = [(round(*one), round(*other)) for _ in range(rounds)]
    ours, others = map(min, zip(*spent))
    figures = f"{ours:.1f} µs against {others:.1f} µs: × {ours / others:.2f}"
    output.add(f"… its processor time, against {against}", figures)


def requests(server, small, rounds, output):
    """Requests about users of the whole directory, compared with a directory of 100."""
    users, last = walk(server)
    few, _ = walk(small)
    names = []
    for where, ids in ((small, few), (server, users)):
        with where.line() as line:
            took, _ = line.timed_ms(Aws.update(ids[0]))
            some = [line.must(Aws.describe(user)) for user in spread(ids, 1000)]
        names.append([re.search(rb'"UserName":"([^"]+)"', text)[1].decode() for text in some])
    output.add("the first write", ms(took))
    for cloud in (Aws, Huawei):
        for name, request, many, those in [
            ("UpdateUser", cloud.update(MARK), users, few),
            ("DescribeUser", cloud.describe(MARK), users, few),
            ("GetUserId", cloud.find(MARK), names[1], names[0]),
        ]:
            seen = by_turns(
                rounds,
                lambda: wrk(server.port, request, 1, 1, spread(many)),
                lambda: wrk(small.port, request, 1, 1, spread(those)),
            )
            one, other = map(us, seen.p99_least_us)
            figures = f"{one} against {other}: × {seen.p99_ratio:.2f}"
            output.add(f"{cloud.name} {name}, least p99, against {SMALL} users", figures, "× 1.3")
            sides = (server, spread(many)), (small, spread(those))
            processor_time(output, f"{SMALL} users", request, rounds, *sides)
    pages = len(users) // 100
    seen = by_turns(
        rounds,
        lambda: wrk(server.port, Aws.list(last), 1, 1),
        lambda: wrk(server.port, Aws.list(), 1, 1),
    )
    figures = f"{us(seen.one.p50_us)} against {us(seen.other.p50_us)}: × {seen.p50_ratio:.2f}"
    output.add(f"ListUsers, p50 of page {pages:,} against page 1", figures, "× 1.2")


def during(server, reader, request):
    """How long a request takes, its answer, and the longest that a reader waited meanwhile."""
    load = Wrk(server.port, reader, READER_MAX_S, 1)
    time.sleep(AROUND_S)
    with server.line() as line:
        took, answer = line.timed_ms(request, keep=False)
    time.sleep(AROUND_S)
    return took, answer, load.stop().max_us


def whole(server, output):
    """Calls on a whole store during concurrent reads."""
    user = server.must(Aws.create("reader")).json()["UserId"]
    reader, write = Aws.describe(user), Aws.update(user)

    def measured(what, request, took_goal="", wait_goal=""):
        took, answer, longest = during(server, reader, request)
        output.add(what, ms(took), took_goal)
        output.add("… the longest wait of a reader", us(longest), wait_goal)
        return answer

    output.add("the longest wait of a reader, otherwise", us(wrk(server.port, reader, 2, 1).max_us))
    before = server.memory_mib()
    server.forget_most()
    size = measured("export as JSON", control("GET", f"/stores/{STORE}?format=json"))
    grown = server.memory_mib("VmHWM") - before
    output.add(f"… memory grows by, of {size / 2**20:,.0f} MiB", f"{grown:.1f} MiB", "64 MiB")
    measured("snapshot", control("PUT", "/snapshots/bench"), "pointers")
    measured("first write after it", write)
    measured("restore", control("POST", "/snapshots/bench/restore"), "pointers")
    server.control("DELETE", "/snapshots/bench")
    user = server.must(Aws.list()).json()["Users"][0]["UserId"]
    reader, write = Aws.describe(user), Aws.update(user)
    measured("reset", control("POST", "/reset"), "pointers")
    measured("first write after it", write)
    measured("second write", write)
    group = server.must(aws("ListGroups")).json()["Groups"][0]["GroupId"]
    members = members_of(server)
    measured("delete a group", aws("DeleteGroup", GroupId=group), "", "50 ms")
    gone = members - members_of(server)
    output.rows[-2][0] += f" of {gone:,} members"


def members_of(server):
    """How many memberships there are."""
    (store,) = server.control("GET", "/stores").json()["stores"]
    return store["memberships"]


def directory(built, folder, users, rounds):
    output = Table(f"{users:,} users")
    start(built, folder, users, output)
    file, small = folder / "members.json", folder / "small.json"
    built.generate(file, users, groups=max(users // MEMBERS, 1))
    built.generate(small, SMALL)
    room = ["--quota-users", str(users * 2)]
    with (
        built.serve("--fixture", file, *room) as server,
        built.serve("--fixture", small) as few,
    ):
        took = first_answer(server)
        output.add("exec to the first answer, with memberships", ms(took))
        requests(server, few, rounds, output)
        whole(server, output)
    file.unlink()
    output.show()


def one_store(built, folder, users):
    """A fixture of one store. The first user has a fixed id."""
    file = folder / "store.json"
    built.generate(file, users)
    (store,) = json.loads(file.read_text())["store"]
    store.pop("id", None)
    store["user"][0]["id"] = "00000000-0000-4000-8000-000000000001"
    return store, store["user"][0]


def stores(built, folder, count, rounds):
    output = Table(f"{count:,} stores of {STORE_USERS} users")
    store, person = one_store(built, folder, STORE_USERS)
    little, _ = one_store(built, folder, SMALL // 10)
    with built.serve() as many, built.serve() as one:
        before = many.memory_mib()
        with many.line() as line:
            make = control("POST", "/stores", {"fixture": store})
            made = [line.timed_ms(make) for _ in range(count)]
        output.add(
            f"a store from a fixture of {STORE_USERS}, median",
            ms(statistics.median(took for took, _ in made)),
            "1 ms",
        )
        output.add("memory a store", f"{(many.memory_mib() - before) * 1024 / count:.1f} KiB")
        ids = [json.loads(answer)["id"] for _, answer in made]
        own = one.must(make).json()["id"]
        with one.line() as line:
            for name, value in [
                (f"a store from a fixture of {SMALL // 10}", {"fixture": little}),
                (f"a copy of a store of {STORE_USERS}", {"copy": own}),
            ]:
                took = [line.timed_ms(control("POST", "/stores", value))[0] for _ in range(SMALL)]
                output.add(f"{name}, median", ms(statistics.median(took)), "1 ms")
        for cloud in (Aws, Huawei):
            for name, request in [
                ("UpdateUser", cloud.update(person["id"], MARK)),
                ("DescribeUser", cloud.describe(person["id"], MARK)),
                ("GetUserId", cloud.find(person["user_name"], MARK)),
            ]:
                seen = by_turns(
                    rounds,
                    lambda: wrk(many.port, request, 1, 1, spread(ids)),
                    lambda: wrk(one.port, request, 1, 1, spread([own])),
                )
                figures = f"{us(seen.one.p50_us)} against {us(seen.other.p50_us)}: × {seen.p50_ratio:.2f}"
                output.add(f"{cloud.name} {name}, p50, against one store", figures, "× 1")
                sides = (many, spread(ids)), (one, spread([own]))
                processor_time(output, "one store", request, rounds, *sides)
    output.show()


def run(built, options):
    print(f"{machine()}; wrk, 1 connection, medians of {options.rounds} rounds of a second in turn")
    with tempfile.TemporaryDirectory() as folder:
        for users in options.users:
            directory(built, pathlib.Path(folder), users, options.rounds)
        if options.stores:
            stores(built, pathlib.Path(folder), options.stores, options.rounds)
