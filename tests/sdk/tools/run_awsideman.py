"""Runs commands of awsideman, one an argument, in one process: it takes seconds to import."""

import shlex
import sys

from src.awsideman.cli import app

for command in sys.argv[1:]:
    print(f"$ awsideman {command}", flush=True)
    try:
        app(shlex.split(command))
    except SystemExit as exit:
        if exit.code:
            raise
