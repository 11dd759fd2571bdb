"""Runs the binary: ``python -m idouble``."""

import os
import subprocess
import sys

from ._binary import find_binary


def main() -> int:
    """Run the binary with the arguments of this process, and return its exit code."""
    arguments = [find_binary(), *sys.argv[1:]]
    if os.name == "posix":
        os.execv(arguments[0], arguments)
    return subprocess.run(arguments, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
