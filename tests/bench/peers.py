"""Compares idouble with the peers that are installed: moto's server, fakecloud, ministack.

Each server gets the calls that it supports, in turn. A dash marks a call that it rejects.
"""

import os
import shutil
import socket
import statistics
import sys

from calls import Aws, aws
from load import MARK, medians, wrk
from process import Process
from tables import ms, table, us

# More than one round can send, so that no name repeats.
NAMES = 150_000


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def peers(built):
    """A function that starts each installed server, by name."""
    found = {"idouble": lambda: built.serve("--quota-users", "10000000")}
    moto = shutil.which("moto_server", path=os.path.dirname(sys.executable)) or shutil.which("moto_server")
    fakecloud, ministack = shutil.which("fakecloud"), shutil.which("ministack")

    def on_port(*command, variable=None):
        port = free_port()
        put = [str(port) if part == "PORT" else part.replace(":PORT", f":{port}") for part in command]
        variables = {variable: str(port)} if variable else {}
        return Process(*put, port=port, variables=variables)

    if moto:
        found["moto"] = lambda: on_port(moto, "-p", "PORT")
    if fakecloud:
        found["fakecloud"] = lambda: on_port(fakecloud, "--addr", "127.0.0.1:PORT")
    if ministack:
        found["ministack"] = lambda: on_port(ministack, variable="GATEWAY_PORT")
    return found


def first_answer_ms(server):
    """Milliseconds from exec to the first response of any status."""
    server.ask(Aws.list())
    return server.since_start_ms()


def known(server):
    """The calls that the server supports, each with the values for the requests of a round."""
    name = {"DisplayName": "Bench", "Name": {"GivenName": "B", "FamilyName": "Ench"}}
    made = server.ask(aws("CreateUser", UserName="bench", **name))
    if made.status // 100 != 2:
        return {}
    user = made.json()["UserId"]
    create = aws("CreateUser", UserName=MARK, **name)
    calls = {
        "DescribeUser": (Aws.describe(user), lambda _: ()),
        "UpdateUser": (Aws.update(user), lambda _: ()),
        # Last: it fills the directory.
        "CreateUser": (create, lambda nth: [f"{nth}-{n}" for n in range(NAMES)]),
    }
    refused = [
        call for call, (request, _) in calls.items() if server.ask(request).status // 100 != 2
    ]
    return {call: calls[call] for call in calls if call not in refused}


def compare(built, rounds, starts_each=5):
    """Prints two tables, if any peer is installed."""
    found = peers(built)
    if len(found) == 1:
        return
    servers, starts = {}, []
    try:
        for name, start in found.items():
            took = []
            for _ in range(starts_each):
                if name in servers:
                    servers[name].stop()
                servers[name] = start()
                took.append(first_answer_ms(servers[name]))
            memory = f"{servers[name].memory_mib():.1f} MiB"
            starts.append([name, ms(statistics.median(took)), memory])
        calls = {name: known(server) for name, server in servers.items()}
        rows = []
        for call in ("DescribeUser", "UpdateUser", "CreateUser"):
            seen = {name: [] for name in servers if call in calls[name]}
            for nth in range(rounds):
                for name in seen:
                    request, values = calls[name][call]
                    seen[name].append(wrk(servers[name].port, request, 1, 16, values(nth)))
            for name in servers:
                output = medians(seen[name]) if name in seen else None
                rows.append([call, name, *([f"{output.rate:,.0f}", us(output.p99_us)] if output else ["—"] * 2)])
    finally:
        for server in servers.values():
            server.stop()
    table(["", "exec to the first answer", "memory"], starts)
    table(["call", "", "requests/s", "p99"], rows)
