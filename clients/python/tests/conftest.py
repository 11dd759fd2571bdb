import pytest


@pytest.fixture(scope="session")
def idouble_options():
    return {"fixture": "staff.toml", "seed": 7}
