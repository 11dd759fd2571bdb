"""Many at once: one winner, and nothing lost."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from aws import create, describe, person, update
from server import STORE

# Who wins is the machine's to say.
pytestmark = pytest.mark.unrepeatable


def together(count, work):
    """`work(n)` for each n, at once; its result, or the exception that it raised."""

    def caught(n):
        try:
            return work(n)
        except Exception as error:  # noqa: BLE001: the tests look at whatever it is.
            return error

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(caught, range(count)))


def failures(results):
    return [result for result in results if isinstance(result, Exception)]


def test_of_50_creates_of_one_name_exactly_one_succeeds(aws):
    results = together(50, lambda n: create(aws, UserName="wanted", DisplayName=f"No. {n}"))
    lost = failures(results)
    assert len(lost) == 49
    assert {type(error) for error in lost} == {aws.exceptions.ConflictException}
    found = aws.list_users(
        IdentityStoreId=STORE, Filters=[{"AttributePath": "UserName", "AttributeValue": "wanted"}]
    )
    assert [user["UserId"] for user in found["Users"]] == [one for one in results if one not in lost]


def test_updates_of_different_attributes_at_once_lose_nothing(aws):
    paths = {
        "nickName": "NickName",
        "profileUrl": "ProfileUrl",
        "userType": "UserType",
        "title": "Title",
        "preferredLanguage": "PreferredLanguage",
        "locale": "Locale",
        "timezone": "Timezone",
        "website": "Website",
    }
    user = create(aws)
    for turn in range(5):
        results = together(len(paths), lambda n: update(aws, user, (list(paths)[n], f"turn {turn}")))
        assert not failures(results)
        shown = describe(aws, user)
        assert [shown[place] for place in paths.values()] == [f"turn {turn}"] * len(paths)


def test_of_20_renames_to_one_name_exactly_one_succeeds(aws):
    users = [create(aws) for _ in range(20)]
    results = together(20, lambda n: update(aws, users[n], ("userName", "throne")))
    assert len(failures(results)) == 19


@pytest.mark.newer
def test_of_20_updates_at_one_revision_exactly_one_succeeds(aws):
    made = aws.create_user(**person())
    results = together(
        20, lambda n: update(aws, made["UserId"], ("title", f"No. {n}"), Revision=made["Revision"])
    )
    lost = failures(results)
    assert len(lost) == 19
    assert {error.response["Reason"] for error in lost} == {"CONCURRENT_MODIFICATION"}
