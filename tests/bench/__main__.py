"""`python tests/bench TARGET`: the benchmarks behind `make bench` and its siblings. Each target is a file."""

import argparse
import importlib
import pathlib
import sys

from process import Built, target_folder

TARGETS = ["throughput", "console", "instructions", "scale"]


def main():
    parser = argparse.ArgumentParser(prog="bench")
    targets = parser.add_subparsers(dest="target", required=True)
    for name in TARGETS:
        module = importlib.import_module(name)
        about = module.__doc__
        target = targets.add_parser(name, help=about.splitlines()[0], description=about)
        target.add_argument("--folder", type=pathlib.Path, help="the build folder; default: cargo's")
        module.options(target)
    options = parser.parse_args()
    built = Built(options.folder or target_folder())
    sys.exit(importlib.import_module(options.target).run(built, options))


if __name__ == "__main__":
    main()
