"""Load generators and their results: wrk, and `pairs` for calls that wrk cannot send."""

import json
import re
import signal
import statistics
import subprocess
import tempfile
import typing

# Stands in a request for one of several values, which take turns.
MARK = "MARK0MARK"
# wrk prints its results as numbers. All connections send the same request, or one request per value.
SCRIPT = """
local method, path, headers, body, values = %s
if values == "" then
  wrk.method, wrk.path, wrk.headers, wrk.body = method, path, headers, body
else
  local made, at = {}, 0
  init = function()
    for value in io.lines(values) do
      local with = function(text) return (text:gsub("MARK0MARK", value)) end
      made[#made + 1] = wrk.format(method, with(path), headers, with(body))
    end
  end
  request = function() at = at %% #made + 1 return made[at] end
end
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format('RESULT %%d %%d %%d %%d %%d %%d\\n', summary.requests, summary.duration,
    e.status + e.read + e.write + e.timeout + e.connect,
    latency:percentile(50), latency:percentile(99), latency.max))
end
"""


class Round(typing.NamedTuple):
    """Requests per second, and latencies in microseconds: p50, p99 and maximum."""

    rate: float
    p50_us: float
    p99_us: float
    max_us: float


def lua(value):
    """A Lua expression for text, numbers, lists and tables."""
    if isinstance(value, dict):
        return "{" + ",".join(f"[{lua(k)}]={lua(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "{" + ",".join(map(lua, value)) + "}"
    return json.dumps(value, ensure_ascii=False)


class Wrk:
    """wrk with one thread, in the background. `wait` returns its result; `stop` ends it."""

    def __init__(self, port, request, seconds, connections=16, values=()):
        self.script = tempfile.NamedTemporaryFile("w", suffix=".lua")
        self.values = tempfile.NamedTemporaryFile("w", suffix=".txt")
        self.values.writelines(f"{value}\n" for value in values)
        output = [request.method, request.path, request.headers, request.body.decode()]
        output.append(self.values.name if values else "")
        self.script.write(SCRIPT % ",".join(map(lua, output)))
        for file in (self.script, self.values):
            file.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s"]
        command += ["-s", self.script.name, f"http://127.0.0.1:{port}"]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def stop(self):
        """What it has seen until now."""
        self.process.send_signal(signal.SIGINT)
        return self.wait()

    def wait(self):
        output, _ = self.process.communicate()
        self.script.close()
        self.values.close()
        return read_result(output)


def wrk(port, request, seconds, connections=16, values=()):
    return Wrk(port, request, seconds, connections, values).wait()


def pairs(program, port, pair, seconds, connections=16):
    """Creates and deletes in turn; each counts as a request."""
    output = {
        "create": pair.create.wire().decode(),
        "name": pair.name,
        "delete": pair.delete.wire().decode(),
        "id": pair.id,
        "key": pair.key,
    }
    command = [program, str(port), str(connections), str(seconds)]
    done = subprocess.run(command, input=json.dumps(output), capture_output=True, text=True)
    return read_result(done.stdout + done.stderr)


def read_result(output):
    """Ends the benchmark if a request failed or had no success status."""
    found = re.search(r"RESULT (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)", output)
    if not found:
        raise SystemExit(f"no result: {output}")
    requests, duration, errors, *latencies = map(int, found.groups())
    if errors or not requests:
        raise SystemExit(f"{errors} of {requests} requests failed: {output}")
    return Round(requests / duration * 1e6, *latencies)


def medians(rounds):
    return Round(*(statistics.median(column) for column in zip(*rounds)))


class Compared(typing.NamedTuple):
    """Medians of either, and how the first compares with the other."""

    one: Round
    other: Round
    # Of requests a second, and of the time that half of the requests took: the median of the ratios of
    # rounds that followed each other.
    rate_ratio: float
    p50_ratio: float
    # The minimum of each, and their ratio: other load of the machine can only increase a p99.
    p99_least_us: tuple
    p99_ratio: float


def by_turns(rounds, one, other):
    """Alternating rounds of both, so that other load of the machine affects both equally."""
    one(), other()  # Warm up.
    seen = [(one(), other()) if n % 2 else (other(), one())[::-1] for n in range(rounds)]
    least = tuple(min(round.p99_us for round in rounds) for rounds in zip(*seen))
    return Compared(
        *(medians(rounds) for rounds in zip(*seen)),
        statistics.median(a.rate / b.rate for a, b in seen),
        statistics.median(a.p50_us / b.p50_us for a, b in seen),
        least,
        least[0] / least[1],
    )
