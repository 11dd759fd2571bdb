"""What a call costs inside the service, in instructions and in allocations. `make bench-instructions`.

Counted, not timed: the difference between two counts of calls under callgrind, so that the start cancels
out, less what making the requests takes; memory fetched as tests/allocations.rs counts it. Beside each stands the last of history.tsv, which
`UPDATE=1` adds to.
"""

import csv
import datetime
import os
import pathlib
import re
import subprocess

from process import ROOT
from tables import table

HISTORY = pathlib.Path(__file__).with_name("history.tsv")
HEAD = ["date", "what", "call", "instructions", "allocations"]
# The journal holds 1,000: from here on each entry takes the place of another.
COUNTS = (1200, 2200)


def options(parser):
    parser.add_argument("calls", nargs="*", help="such as aws-update; else all")
    parser.add_argument("--note", help="what history.tsv says of it; else the subject of the last commit")


def counted(pipeline, call, count):
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", pipeline, call, str(count)]
    done = subprocess.run(command, capture_output=True, text=True)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode or not found:
        raise SystemExit(f"{call}: {done.stderr}")
    return int(found[1])


def instructions(pipeline, call):
    """Of one call; making its request is a quarter of that and not ours."""

    def each(what):
        first, second = (counted(pipeline, what, count) for count in COUNTS)
        return (second - first) / (COUNTS[1] - COUNTS[0])

    return round(each(call) - each(f"make:{call}"))


def allocations():
    """By call, as the test prints them."""
    command = ["cargo", "test", "--quiet", "--test", "allocations", "no_call", "--", "--nocapture"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    found = dict(re.findall(r"^([a-z-]+)\t(\d+)$", told.stdout, re.MULTILINE))
    if not found:
        raise SystemExit(told.stdout + told.stderr)
    return {call: int(count) for call, count in found.items()}


def history():
    """The last row of each call."""
    if not HISTORY.exists():
        return {}
    with HISTORY.open(newline="") as file:
        return {row["call"]: row for row in csv.DictReader(file, delimiter="\t")}


def subject():
    command = ["git", "log", "-1", "--format=%s"]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


def compared(now, before):
    if not before:
        return f"{now:,}"
    before = int(before)
    return f"{now:,} ({(now - before) / max(before, 1) * 100:+.1f} %)"


def run(built, options):
    pipeline, fetched, last = built.example("pipeline"), allocations(), history()
    today, note = datetime.date.today().isoformat(), options.note or subject()
    rows, told = [], []
    for call in options.calls or fetched:
        row = dict(zip(HEAD, [today, note, call, instructions(pipeline, call), fetched[call]]))
        before = last.get(call, {})
        shown = [compared(row[key], before.get(key)) for key in ("instructions", "allocations")]
        told.append([call, *shown, before.get("what", "")])
        rows.append(row)
    table(["call", "instructions", "allocations", "compared with"], told)
    if os.environ.get("UPDATE"):
        new = not HISTORY.exists()
        with HISTORY.open("a", newline="") as file:
            writer = csv.DictWriter(file, HEAD, delimiter="\t", lineterminator="\n")
            if new:
                writer.writeheader()
            writer.writerows(rows)
