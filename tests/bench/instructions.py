"""Counts the instructions of each call inside the service, under callgrind. `make bench-instructions`.

The count is the difference between two runs of different length, so the start cancels out, less the cost of
making the requests. Each row is compared with the last one in history.tsv; `UPDATE=1` appends to that file.
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
HEAD = ["date", "what", "call", "instructions"]
CALLS = [f"{cloud}-{call}" for cloud in ("aws", "huawei") for call in ("update", "describe", "id", "list", "create-delete")]
# The journal holds 1,000 entries: from here on each new entry evicts an old one.
COUNTS = (1200, 2200)


def options(parser):
    parser.add_argument("calls", nargs="*", help="for example aws-update; default: all")
    parser.add_argument("--note", help="the note in history.tsv; default: the subject of the last commit")


def counted(pipeline, call, count):
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", pipeline, call, str(count)]
    done = subprocess.run(command, capture_output=True, text=True)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode or not found:
        raise SystemExit(f"{call}: {done.stderr}")
    return int(found[1])


def instructions(pipeline, call):
    """Instructions of one call, without those that make its request."""

    def each(what):
        first, second = (counted(pipeline, what, count) for count in COUNTS)
        return (second - first) / (COUNTS[1] - COUNTS[0])

    return round(each(call) - each(f"make:{call}"))


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
    pipeline, last = built.example("pipeline"), history()
    today, note = datetime.date.today().isoformat(), options.note or subject()
    rows, shown = [], []
    for call in options.calls or CALLS:
        row = dict(zip(HEAD, [today, note, call, instructions(pipeline, call)]))
        before = last.get(call, {})
        shown.append([call, compared(row["instructions"], before.get("instructions")), before.get("what", "")])
        rows.append(row)
    table(["call", "instructions", "compared with"], shown)
    if os.environ.get("UPDATE"):
        new = not HISTORY.exists()
        with HISTORY.open("a", newline="") as file:
            writer = csv.DictWriter(file, HEAD, delimiter="\t", lineterminator="\n")
            if new:
                writer.writeheader()
            writer.writerows(rows)
