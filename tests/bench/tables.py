"""What is printed: Markdown."""

import os
import pathlib
import re


def table(head, rows):
    """A table; the first row of cells is its head."""
    lines = [head, ["---"] * len(head), *rows]
    print("\n" + "\n".join("| " + " | ".join(map(str, cells)) + " |" for cells in lines), flush=True)


def machine():
    found = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return f"{found[1] if found else 'unknown'}, {os.cpu_count()} cores"


def us(value):
    return f"{value:.0f} µs" if value < 1000 else ms(value / 1e3)


def ms(value):
    return f"{value:.3g} ms" if value < 1000 else f"{value / 1e3:.2f} s"


def italic(cells):
    return [f"*{cell}*" if cell else "" for cell in cells]
