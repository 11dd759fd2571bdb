"""Typical programs that use an identity store: a directory sync, and joiner–mover–leaver.

Every request is counted as boto3 sends it, so that a second run can be held to write nothing.
"""

import collections

import pytest

import aws as a
from server import STORE

EXTENSION = "aws:identitystore:enterprise"
READS = ("Describe", "List", "Get", "Is")


@pytest.fixture
def calls(server):
    """A client of one's own, and how often each operation went out."""
    client = a.client(server)
    counted = collections.Counter()
    client.meta.events.register(
        "before-call.identitystore.*", lambda model, **_: counted.update([model.name])
    )
    return client, counted


def writes(counted):
    return {name: count for name, count in counted.items() if not name.startswith(READS)}


def pages(aws, operation, member, **arguments):
    paginator = aws.get_paginator(operation)
    for page in paginator.paginate(IdentityStoreId=STORE, PaginationConfig={"PageSize": 100}, **arguments):
        yield from page[member]


# --- a directory sync ---------------------------------------------------------------------------


class Sync:
    """Copies users, groups and members of a source to a store; only names with the prefix are changed."""

    def __init__(self, aws):
        self.aws = aws

    def run(self, people, teams):
        users = self.users(people)
        groups = self.groups(teams)
        for team, wanted in teams.items():
            self.members(groups[team], {users[name] for name in wanted})
        self.remove(people, users, teams, groups)

    def users(self, people):
        held = {one["UserName"]: one for one in pages(self.aws, "list_users", "Users")}
        ids = {name: one["UserId"] for name, one in held.items() if name.startswith("sync-")}
        for name, (given, family, title) in people.items():
            if name not in ids:
                ids[name] = self.create(name, given, family, title)
            else:
                self.update(held[name], given, family, title)
        return ids

    def create(self, name, given, family, title):
        made = self.aws.create_user(
            IdentityStoreId=STORE,
            UserName=name,
            DisplayName=f"{given} {family}",
            Name={"GivenName": given, "FamilyName": family},
            Title=title,
            Emails=[{"Value": f"{name}@example.com", "Type": "work", "Primary": True}],
        )
        return made["UserId"]

    def update(self, held, given, family, title):
        changes = [
            (path, value)
            for path, value, old in [
                ("displayName", f"{given} {family}", held["DisplayName"]),
                ("name.familyName", family, held["Name"]["FamilyName"]),
                ("name.givenName", given, held["Name"]["GivenName"]),
                ("title", title, held["Title"]),
            ]
            if value != old
        ]
        if changes:
            a.update(self.aws, held["UserId"], *changes)

    def groups(self, teams):
        held = {one["DisplayName"]: one["GroupId"] for one in pages(self.aws, "list_groups", "Groups")}
        ids = {name: group for name, group in held.items() if name.startswith("Sync ")}
        for name in teams:
            if name not in ids:
                made = self.aws.create_group(IdentityStoreId=STORE, DisplayName=name)
                ids[name] = made["GroupId"]
        return ids

    def members(self, group, wanted):
        listed = pages(self.aws, "list_group_memberships", "GroupMemberships", GroupId=group)
        held = {one["MemberId"]["UserId"]: one["MembershipId"] for one in listed}
        for user in sorted(wanted - set(held)):
            both = {"GroupId": group, "MemberId": {"UserId": user}}
            self.aws.create_group_membership(IdentityStoreId=STORE, **both)
        for user in sorted(set(held) - wanted):
            self.aws.delete_group_membership(IdentityStoreId=STORE, MembershipId=held[user])

    def remove(self, people, users, teams, groups):
        for name in set(users) - set(people):
            self.aws.delete_user(IdentityStoreId=STORE, UserId=users[name])
        for name in set(groups) - set(teams):
            self.aws.delete_group(IdentityStoreId=STORE, GroupId=groups[name])

    def held(self):
        """What the store holds of it: names and titles, and each team's members by name."""
        users = {one["UserId"]: one for one in pages(self.aws, "list_users", "Users")}
        groups = {}
        for group in pages(self.aws, "list_groups", "Groups"):
            listed = pages(self.aws, "list_group_memberships", "GroupMemberships", GroupId=group["GroupId"])
            names = {users[one["MemberId"]["UserId"]]["UserName"] for one in listed}
            groups[group["DisplayName"]] = names
        people = {
            one["UserName"]: (one["Name"]["GivenName"], one["Name"]["FamilyName"], one.get("Title"))
            for one in users.values()
        }
        return (
            {name: person for name, person in people.items() if name.startswith("sync-")},
            {name: members for name, members in groups.items() if name.startswith("Sync ")},
        )


def company():
    people = {f"sync-{n:03}": ("Given", f"Family {n}", "Engineer") for n in range(250)}
    teams = {f"Sync {n}": {name for name in people if int(name[-3:]) % 5 == n} for n in range(5)}
    teams["Sync everybody"] = set(people)
    return people, teams


def test_sync_creates_250_users_and_a_second_run_writes_nothing(calls):
    aws, counted = calls
    people, teams = company()
    Sync(aws).run(people, teams)
    assert writes(counted) == {"CreateUser": 250, "CreateGroup": 6, "CreateGroupMembership": 500}
    assert Sync(aws).held() == (people, teams)

    counted.clear()
    Sync(aws).run(people, teams)
    assert writes(counted) == {}
    assert counted["ListUsers"] >= 3  # In pages of 100.
    assert counted["ListGroupMemberships"] == 5 + 3


def test_sync_writes_only_changes(calls):
    aws, counted = calls
    people, teams = company()
    Sync(aws).run(people, teams)
    counted.clear()
    for n in range(3):
        teams["Sync 0"].discard(f"sync-{n * 5:03}")
        teams["Sync 1"].add(f"sync-{n * 5:03}")
    people["sync-010"] = ("Given", "Family 10", "Chief")
    people["sync-250"] = ("New", "Person", "Engineer")
    teams["Sync everybody"] |= {"sync-250"}
    del people["sync-249"]
    teams["Sync everybody"].discard("sync-249")
    teams["Sync 4"].discard("sync-249")
    del teams["Sync 2"]
    teams["Sync new"] = {"sync-000"}
    Sync(aws).run(people, teams)
    assert writes(counted) == {
        "CreateUser": 1,
        "UpdateUser": 1,
        "DeleteUser": 1,
        "CreateGroup": 1,
        "DeleteGroup": 1,
        "CreateGroupMembership": 3 + 1 + 1,
        "DeleteGroupMembership": 3 + 2,
    }
    assert Sync(aws).held() == (people, teams)
    counted.clear()
    Sync(aws).run(people, teams)
    assert writes(counted) == {}


def test_a_sync_that_is_throttled_ends_the_same(spawn):
    throttle = '[[fault]]\non = "aws:*"\nwhen = { every = 10 }\ndo = "throttle"\n'
    aws = a.client(spawn(config=throttle), attempts=4)
    people = {f"sync-{n:03}": ("Given", f"Family {n}", "Engineer") for n in range(20)}
    teams = {"Sync everybody": set(people)}
    Sync(aws).run(people, teams)
    assert Sync(aws).held() == (people, teams)


# --- joiner, mover, leaver ----------------------------------------------------------------------


class Personnel:
    """Joiners get an account and their team; movers change team and title; leavers are gone."""

    def __init__(self, aws):
        self.aws = aws

    def find(self, name):
        unique = {"UniqueAttribute": {"AttributePath": "userName", "AttributeValue": name}}
        try:
            found = self.aws.get_user_id(IdentityStoreId=STORE, AlternateIdentifier=unique)
        except self.aws.exceptions.ResourceNotFoundException:
            return None
        return found["UserId"]

    def team(self, name):
        unique = {"UniqueAttribute": {"AttributePath": "displayName", "AttributeValue": name}}
        try:
            found = self.aws.get_group_id(IdentityStoreId=STORE, AlternateIdentifier=unique)
        except self.aws.exceptions.ResourceNotFoundException:
            found = self.aws.create_group(IdentityStoreId=STORE, DisplayName=name)
        return found["GroupId"]

    def join(self, name, team, title):
        """Twice is as good as once."""
        email = {"Value": f"{name}@example.com", "Type": "work", "Primary": True}
        try:
            more = {"UserName": name, "Title": title, "Emails": [email]}
            user = a.create(self.aws, Extensions={EXTENSION: {"department": team}}, **more)
        except self.aws.exceptions.ConflictException as conflict:
            assert conflict.response["Reason"] == "UNIQUENESS_CONSTRAINT_VIOLATION"
            user = self.find(name)
        try:
            both = {"GroupId": self.team(team), "MemberId": {"UserId": user}}
            self.aws.create_group_membership(IdentityStoreId=STORE, **both)
        except self.aws.exceptions.ConflictException:
            pass
        return user

    def move(self, name, old, new, title):
        user = self.find(name)
        a.update(self.aws, user, ("title", title), (f"{EXTENSION}.department", new))
        leaving = {"GroupId": self.team(old), "MemberId": {"UserId": user}}
        found = self.aws.get_group_membership_id(IdentityStoreId=STORE, **leaving)
        joining = {"GroupId": self.team(new), "MemberId": {"UserId": user}}
        self.aws.create_group_membership(IdentityStoreId=STORE, **joining)
        self.aws.delete_group_membership(IdentityStoreId=STORE, MembershipId=found["MembershipId"])

    def rename(self, name, new):
        email = [{"value": f"{new}@example.com", "type": "work", "primary": True}]
        a.update(self.aws, self.find(name), ("userName", new), ("emails", email))

    def leave(self, name):
        if user := self.find(name):
            self.aws.delete_user(IdentityStoreId=STORE, UserId=user)

    def teams(self, name, *teams):
        ask = {"MemberId": {"UserId": self.find(name)}, "GroupIds": [self.team(team) for team in teams]}
        results = self.aws.is_member_in_groups(IdentityStoreId=STORE, **ask)["Results"]
        return {team for team, one in zip(teams, results, strict=True) if one["MembershipExists"]}


def test_user_joins_changes_groups_is_renamed_and_leaves(aws):
    staff = Personnel(aws)
    user = staff.join("kim", "Bridges", "Engineer")
    assert staff.join("kim", "Bridges", "Engineer") == user
    assert staff.teams("kim", "Bridges", "Roads") == {"Bridges"}

    staff.move("kim", "Bridges", "Roads", "Chief")
    assert staff.teams("kim", "Bridges", "Roads") == {"Roads"}
    shown = a.describe(aws, user, Extensions=[EXTENSION])
    assert (shown["Title"], shown["Extensions"][EXTENSION]) == ("Chief", {"department": "Roads"})

    staff.rename("kim", "kim.doe")
    assert (staff.find("kim"), staff.find("kim.doe")) == (None, user)
    assert staff.teams("kim.doe", "Roads") == {"Roads"}

    staff.leave("kim.doe")
    staff.leave("kim.doe")
    assert staff.find("kim.doe") is None
    everybody = aws.list_group_memberships(IdentityStoreId=STORE, GroupId=staff.team("Roads"))
    assert everybody["GroupMemberships"] == []
    # The name and the address are free, and the new user is another one.
    assert staff.join("kim.doe", "Roads", "Engineer") != user
    assert staff.teams("kim.doe", "Roads", "Bridges") == {"Roads"}


def test_user_name_is_free_only_after_its_user_was_deleted(aws):
    staff = Personnel(aws)
    first = staff.join("lee", "Bridges", "Engineer")
    assert staff.join("lee", "Roads", "Driver") == first
    assert staff.teams("lee", "Bridges", "Roads") == {"Bridges", "Roads"}
    assert a.describe(aws, first)["Title"] == "Engineer"
