"""The path of the binary that the wheel installs."""

import os
import sys
import sysconfig
from pathlib import Path


def find_binary() -> str:
    """Return the path of the ``idouble`` binary: ``IDOUBLE_BIN``, or that of this installation.

    Raises:
        FileNotFoundError: it is not installed.

    """
    if named := os.environ.get("IDOUBLE_BIN"):
        return named
    name = "idouble" + (sysconfig.get_config_var("EXE") or "")
    folders = [Path(sysconfig.get_path("scripts")), Path(sys.executable).parent]
    user_scheme = sysconfig.get_preferred_scheme("user") if sys.version_info >= (3, 10) else None
    if user_scheme:
        folders.append(Path(sysconfig.get_path("scripts", scheme=user_scheme)))
    # `pip install --target DIR` puts scripts into DIR/bin.
    folders.append(Path(__file__).parent.parent / "bin")
    for folder in folders:
        if (folder / name).is_file():
            return str(folder / name)
    searched = ", ".join(map(str, folders))
    raise FileNotFoundError(f"the idouble binary is not installed; searched {searched}")
