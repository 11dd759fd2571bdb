"""An emulator of AWS Identity Store and Huawei Cloud IAM Identity Center, for tests.

The pytest plugin has the fixture ``idouble``: a store of its own for each test. Without pytest::

    import idouble

    with idouble.start(preset="aws-limits") as server, server.store() as store:
        store.aws().list_users(IdentityStoreId=store.id)
"""

from ._binary import find_binary
from ._control import ControlError
from ._fault import Fault
from ._journal import Journal, format_entry
from ._server import Clock, Server, StartError, connect, start
from ._store import Store

__all__ = [
    "Clock",
    "ControlError",
    "Fault",
    "Journal",
    "Server",
    "StartError",
    "Store",
    "connect",
    "find_binary",
    "format_entry",
    "start",
]
