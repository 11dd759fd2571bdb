"""Runs cartography's sync of Identity Center. A stub stands for its graph database.

Prints one line for each batch of records that it writes: the class of their schema and their number.
"""

import importlib.abc
import importlib.machinery
import sys
from unittest import mock

import boto3


class ModulesOfOtherClouds(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds modules that cartography imports for other clouds, and that this sync does not use."""

    NAMES = (
        "OpenSSL aioboto3 aiobotocore azure cryptography dateparser dns google googleapiclient httpx "
        "kubernetes msgraph oci pandas types_aiobotocore_ecr"
    ).split()

    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in self.NAMES:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        return mock.MagicMock(__path__=[], __spec__=spec)

    def exec_module(self, module):
        pass


sys.meta_path.append(ModulesOfOtherClouds())

from cartography.intel.aws import identitycenter


def load(session, schema, rows, **parameters):
    print(type(schema).__name__, len(rows))


identitycenter.load = identitycenter.load_matchlinks = load
session = mock.MagicMock(name="neo4j.Session")
session.execute_read.return_value = []
# The cleanup of old records repeats until it changes nothing.
session.execute_write.return_value.counters.contains_updates = False
account = boto3.client("sts").get_caller_identity()["Account"]
identitycenter.sync_identity_center_instances(
    session, boto3.session.Session(), ["us-east-1"], account, 1, {"UPDATE_TAG": 1, "AWS_ID": account}
)
