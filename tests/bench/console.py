"""What ten open pages of the console cost. `make bench-console`.

wrk (1 thread, 16 connections) sends AWS DescribeUser with and without ten readers of the events, in turn,
in several rounds. Each reads what the page of requests reads: 30 requests a second and the number of the others.
"""

import subprocess

import calls
from calls import Aws
from load import by_turns, wrk
from tables import machine, table

PAGES = 10
EVENTS = "/_idouble/events?rate=30"


def options(parser):
    parser.add_argument("--rounds", type=int, default=9, help="of two seconds each")


def run(built, options):
    with built.serve() as server:
        request = Aws.describe(calls.bench_user(server))
        command = ["curl", "-sN", f"http://127.0.0.1:{server.port}{EVENTS}"]

        def with_pages():
            pages = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(PAGES)]
            seen = wrk(server.port, request, 2)
            for page in pages:
                page.terminate()
                page.wait()
            return seen

        compared = by_turns(options.rounds, with_pages, lambda: wrk(server.port, request, 2))
    print(f"{machine()}; wrk, 1 thread; medians of {options.rounds} rounds of two seconds, in turn")
    rows = [
        [f"{PAGES} pages", f"{compared.one.rate:,.0f}", f"{compared.rate_ratio:.3f}"],
        ["none", f"{compared.other.rate:,.0f}", "1"],
    ]
    table(["AWS DescribeUser", "requests/s", "ratio"], rows)
