"""The AWS CLI. Its `main` runs in this process, because a new process for each call takes half a second."""

import contextlib
import io
import pathlib

import awscli
import pytest
from awscli.clidriver import create_clidriver

# awscli sets the first when it is imported; the tests' environment has no such variables.
VARIABLES = {"AWS_DATA_PATH": str(pathlib.Path(awscli.__file__).with_name("data")), "AWS_MAX_ATTEMPTS": "1"}


@contextlib.contextmanager
def environment(variables):
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (VARIABLES | variables).items():
            patch.setenv(name, value)
        yield


class AwsCli:
    """Runs `aws SERVICE OPERATION …`."""

    def __init__(self):
        with environment({}):
            self.driver = create_clidriver()

    @property
    def session(self):
        """The session of botocore."""
        return self.driver.session

    def run(self, *words, variables={}):
        """Return the exit code, the output and the error output. Credentials of variables are read once."""
        output, errors = io.StringIO(), io.StringIO()
        redirected = contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors)
        with environment(variables), redirected[0], redirected[1]:
            code = self.driver.main([*words, "--output", "json"])
        return code, output.getvalue().strip(), errors.getvalue().strip()
