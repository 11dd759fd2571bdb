"""What ten open pages of the console cost. `make bench-console`.

wrk (1 thread, 16 connections) sends AWS DescribeUser with and without ten readers of the events, in turn,
in several rounds. Each reads what the page of requests reads: 30 requests a second and the number of the others.
"""

import contextlib
import selectors
import statistics
import threading

import calls
from calls import Aws
from load import by_turns, wrk
from process import Request
from tables import machine, table, us

PAGES = 10
EVENTS = Request("GET", "/_idouble/events?rate=30", {})
SECONDS = 2


def options(parser):
    parser.add_argument("--rounds", type=int, default=9, help=f"of {SECONDS} seconds each")


@contextlib.contextmanager
def open_pages(server):
    """Ten readers that have received the start of their events."""
    with contextlib.ExitStack() as stack:
        selector = stack.enter_context(selectors.DefaultSelector())
        for _ in range(PAGES):
            page = stack.enter_context(server.connect())
            page.sendall(EVENTS.wire())
            assert page.recv(1 << 16).startswith(b"HTTP/1.1 200")
            selector.register(page, selectors.EVENT_READ)
        is_over = threading.Event()

        def read():
            while not is_over.is_set():
                for key, _ in selector.select(0.1):
                    key.fileobj.recv(1 << 16)

        reader = threading.Thread(target=read)
        reader.start()
        try:
            yield
        finally:
            is_over.set()
            reader.join()


def run(built, options):
    with built.serve() as server:
        request = Aws.describe(calls.bench_user(server))
        cpu_us = {True: [], False: []}

        def measure(has_pages):
            with open_pages(server) if has_pages else contextlib.nullcontext():
                before = server.cpu_us()
                seen = wrk(server.port, request, SECONDS)
                cpu_us[has_pages].append((server.cpu_us() - before) / (seen.rate * SECONDS))
            return seen

        compared = by_turns(options.rounds, lambda: measure(True), lambda: measure(False))
    print(f"{machine()}; wrk, 1 thread; medians of {options.rounds} rounds of {SECONDS} seconds, in turn")
    with_pages, without = (statistics.median(cpu_us[has_pages]) for has_pages in (True, False))
    rows = [
        [f"{PAGES} pages", f"{compared.one.rate:,.0f}", f"{compared.rate_ratio:.3f}", us(with_pages)],
        ["none", f"{compared.other.rate:,.0f}", "1", us(without)],
    ]
    table(["AWS DescribeUser", "requests/s", "ratio", "processor time a request"], rows)
