"""Load, and what comes of it: wrk, and `pairs` for what wrk cannot send."""

import json
import re
import statistics
import subprocess
import tempfile
import typing

# wrk tells what it saw in numbers, and the same request, or these in turn, go out on all connections.
SCRIPT = """
local calls, made, at = %s, {}, 0
if #calls == 1 then
  wrk.method, wrk.path, wrk.headers, wrk.body = calls[1][1], calls[1][2], calls[1][3], calls[1][4]
else
  init = function() for i, c in ipairs(calls) do made[i] = wrk.format(c[1], c[2], c[3], c[4]) end end
  request = function() at = at %% #made + 1 return made[at] end
end
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format('RESULT %%d %%d %%d %%d %%d\\n', summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), e.status + e.read + e.write + e.timeout + e.connect))
end
"""


class Round(typing.NamedTuple):
    """Requests a second, and two percentiles of what one took, in microseconds."""

    rate: float
    p50_us: float
    p99_us: float


def lua(value):
    """A Lua expression for text, numbers, lists and tables."""
    if isinstance(value, dict):
        return "{" + ",".join(f"[{lua(k)}]={lua(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "{" + ",".join(map(lua, value)) + "}"
    return json.dumps(value, ensure_ascii=False)


class Wrk:
    """wrk with one thread: `wait` for its result, or `with` it while something else is measured."""

    def __init__(self, port, requests, seconds, connections=16, script=SCRIPT):
        calls = [[r.method, r.path, r.headers, r.body.decode()] for r in requests]
        self.file = tempfile.NamedTemporaryFile("w", suffix=".lua")
        self.file.write(script % lua(calls))
        self.file.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s"]
        command += ["-s", self.file.name, f"http://127.0.0.1:{port}"]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def wait(self):
        told, _ = self.process.communicate()
        self.file.close()
        return read_result(told)


def wrk(port, requests, seconds, connections=16):
    return Wrk(port, requests, seconds, connections).wait()


def pairs(program, port, pair, seconds, connections=16):
    """Creates and deletes in turn; each counts as a request."""
    told = {
        "create": pair.create.wire().decode(),
        "name": pair.name,
        "delete": pair.delete.wire().decode(),
        "id": pair.id,
        "key": pair.key,
    }
    command = [program, str(port), str(connections), str(seconds)]
    done = subprocess.run(command, input=json.dumps(told), capture_output=True, text=True)
    return read_result(done.stdout + done.stderr)


def read_result(told):
    """Ends the bench where something failed, or was not a success."""
    found = re.search(r"RESULT (\d+) (\d+) (\d+) (\d+) (\d+)", told)
    if not found:
        raise SystemExit(f"no result: {told}")
    requests, duration, p50, p99, errors = map(int, found.groups())
    if errors or not requests:
        raise SystemExit(f"{errors} of {requests} requests failed")
    return Round(requests / duration * 1e6, p50, p99)


def medians(rounds):
    return Round(*(statistics.median(column) for column in zip(*rounds)))


class Compared(typing.NamedTuple):
    """Medians of either, and the median of the ratios of rounds that followed each other."""

    one: Round
    other: Round
    ratio: float


def by_turns(rounds, one, other):
    """Rounds of one and the other in turn, so that what else the machine does hits both alike."""
    one(), other()  # Warm up.
    seen = [(one(), other()) if n % 2 else (other(), one())[::-1] for n in range(rounds)]
    ratio = statistics.median(a.rate / b.rate for a, b in seen)
    return Compared(medians([a for a, _ in seen]), medians([b for _, b in seen]), ratio)
