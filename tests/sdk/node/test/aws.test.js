// `@aws-sdk/client-identitystore` as a client: every operation that it has, every paginator, errors
// as its modelled exceptions. Its model is the one of 19 operations: no ARNs, no revisions.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import {
  ConflictException,
  ListUsersCommand,
  ResourceNotFoundException,
  ServiceQuotaExceededException,
  ValidationException,
  paginateListGroupMemberships,
  paginateListGroupMembershipsForMember,
  paginateListGroups,
  paginateListUsers,
} from '@aws-sdk/client-identitystore'

import { MISSING, STORE, awsClient, fresh, start } from './server.js'

const EXTENSION = 'aws:identitystore:enterprise'
const aws = awsClient(await start())

const within = (more) => ({ IdentityStoreId: STORE, ...more })

function person(more) {
  const needed = { UserName: fresh('person'), DisplayName: 'A Person', Name: { GivenName: 'Per', FamilyName: 'Son' } }
  return within({ ...needed, ...more })
}

async function createUser(more) {
  return (await aws.createUser(person(more))).UserId
}

async function createGroup(more) {
  return (await aws.createGroup(within({ DisplayName: fresh('Group'), ...more }))).GroupId
}

async function join(GroupId, UserId) {
  const made = await aws.createGroupMembership(within({ GroupId, MemberId: { UserId } }))
  return made.MembershipId
}

/** The elements of `member` on all pages of a paginator, and the number of pages. */
async function paged(paginator, member) {
  const seen = []
  let pages = 0
  for await (const page of paginator) {
    seen.push(...page[member])
    pages += 1
  }
  return [seen, pages]
}

/** The error of a call that has to fail as this modelled exception. */
async function expectError(call, kind, message) {
  let error
  await assert.rejects(call, (caught) => (error = caught) && true)
  assert.ok(error instanceof kind, `${error}`)
  assert.equal(error.name, kind.name)
  assert.equal(error.$fault, 'client')
  assert.equal(error.$metadata.httpStatusCode, 400)
  if (message !== undefined) assert.equal(error.message, message)
  return error
}

// --- users ---------------------------------------------------------------------------------------

const EVERYTHING = {
  Name: {
    Formatted: 'Dr Full Q Person Jr',
    GivenName: 'Full',
    FamilyName: 'Person',
    MiddleName: 'Q',
    HonorificPrefix: 'Dr',
    HonorificSuffix: 'Jr',
  },
  DisplayName: '全 Full',
  NickName: 'Fully',
  ProfileUrl: 'https://example.com/full',
  Emails: [{ Value: 'full@example.com', Type: 'work', Primary: true }],
  Addresses: [{ StreetAddress: '1 Main St', Locality: 'Town', Region: 'R', PostalCode: '1', Country: 'NZ', Type: 'work' }],
  PhoneNumbers: [{ Value: '+1 555 0100', Type: 'work', Primary: false }],
  UserType: 'Employee',
  Title: 'Engineer',
  PreferredLanguage: 'mi',
  Locale: 'mi-NZ',
  Timezone: 'Pacific/Auckland',
  Photos: [{ Value: 'https://example.com/1.png', Type: 'photo', Display: 'one', Primary: true }],
  Website: 'https://example.com',
  Birthdate: '1990-02-28',
  Roles: [{ Value: 'lead', Type: 'team', Primary: true }],
  Extensions: { [EXTENSION]: { department: 'Ops', manager: { value: 'm' } } },
}

test('CreateUser and DescribeUser', async () => {
  const made = await aws.createUser(person({ UserName: 'full', ...EVERYTHING }))
  assert.equal(made.IdentityStoreId, STORE)
  assert.match(made.$metadata.requestId, /^[0-9a-f-]{36}$/)
  const { $metadata, CreatedAt, UpdatedAt, CreatedBy, UpdatedBy, ...shown } = await aws.describeUser(
    within({ UserId: made.UserId, Extensions: [EXTENSION] }),
  )
  assert.ok(CreatedAt instanceof Date)
  assert.deepEqual(CreatedAt, UpdatedAt)
  assert.equal(CreatedBy, UpdatedBy)
  assert.deepEqual(shown, within({ UserId: made.UserId, UserName: 'full', UserStatus: 'ENABLED', ...EVERYTHING }))
})

test('UpdateUser sets, replaces and removes', async () => {
  const UserId = await createUser({ Title: 'Old', NickName: 'Nick' })
  const answer = await aws.updateUser(
    within({
      UserId,
      Operations: [
        { AttributePath: 'displayName', AttributeValue: 'New' },
        { AttributePath: 'name.givenName', AttributeValue: 'Newt' },
        { AttributePath: 'phoneNumbers', AttributeValue: [{ value: '1', type: 'work' }] },
        { AttributePath: `${EXTENSION}.costCenter`, AttributeValue: '42' },
        { AttributePath: 'title', AttributeValue: null }, // The SDK leaves a null out.
        { AttributePath: 'nickName' },
      ],
    }),
  )
  assert.equal(answer.$metadata.httpStatusCode, 200)
  const shown = await aws.describeUser(within({ UserId, Extensions: [EXTENSION] }))
  assert.equal(shown.DisplayName, 'New')
  assert.deepEqual(shown.Name, { GivenName: 'Newt', FamilyName: 'Son' })
  assert.deepEqual(shown.PhoneNumbers, [{ Value: '1', Type: 'work' }])
  assert.deepEqual(shown.Extensions, { [EXTENSION]: { costCenter: '42' } })
  assert.ok(!('Title' in shown) && !('NickName' in shown))
})

test('DeleteUser, twice', async () => {
  const UserId = await createUser()
  await aws.deleteUser(within({ UserId }))
  await expectError(aws.describeUser(within({ UserId })), ResourceNotFoundException, 'User not found')
  await aws.deleteUser(within({ UserId }))
})

test('GetUserId by name, e-mail and external id', async () => {
  const UserId = await createUser({ UserName: 'findable', Emails: [{ Value: 'findable@example.com', Primary: true }] })
  const find = (AlternateIdentifier) => aws.getUserId(within({ AlternateIdentifier }))
  const unique = (AttributePath, AttributeValue) => ({ UniqueAttribute: { AttributePath, AttributeValue } })
  assert.equal((await find(unique('userName', 'findable'))).UserId, UserId)
  assert.equal((await find(unique('emails.value', 'findable@example.com'))).UserId, UserId)
  const external = { ExternalId: { Issuer: 'https://example.com', Id: 'nobody' } }
  await expectError(find(external), ResourceNotFoundException, 'USER not found.')
})

test('ListUsers, filtered and paginated', async () => {
  const made = []
  for (let n = 0; n < 7; n += 1) made.push(await createUser())
  const [users, pages] = await paged(paginateListUsers({ client: aws, pageSize: 3 }, within({})), 'Users')
  const ids = users.map((user) => user.UserId)
  assert.equal(new Set(ids).size, ids.length)
  assert.deepEqual(ids.slice(-7), made)
  assert.equal(pages, Math.ceil(ids.length / 3))

  const name = users.at(-1).UserName
  const Filters = [{ AttributePath: 'UserName', AttributeValue: name }]
  const found = await aws.send(new ListUsersCommand(within({ Filters })))
  assert.deepEqual(found.Users.map((user) => user.UserId), made.slice(-1))
  assert.ok(!('NextToken' in found))
})

// --- groups --------------------------------------------------------------------------------------

test('CreateGroup, DescribeGroup, UpdateGroup, GetGroupId, DeleteGroup', async () => {
  const GroupId = await createGroup({ DisplayName: 'Engineers', Description: 'They build' })
  let shown = await aws.describeGroup(within({ GroupId }))
  assert.deepEqual([shown.DisplayName, shown.Description], ['Engineers', 'They build'])
  assert.ok(shown.CreatedAt instanceof Date)

  const Operations = [{ AttributePath: 'description' }, { AttributePath: 'displayName', AttributeValue: 'Builders' }]
  await aws.updateGroup(within({ GroupId, Operations }))
  shown = await aws.describeGroup(within({ GroupId }))
  assert.equal(shown.DisplayName, 'Builders')
  assert.ok(!('Description' in shown))

  const UniqueAttribute = { AttributePath: 'displayName', AttributeValue: 'Builders' }
  const find = () => aws.getGroupId(within({ AlternateIdentifier: { UniqueAttribute } }))
  assert.equal((await find()).GroupId, GroupId)
  await aws.deleteGroup(within({ GroupId }))
  await expectError(find(), ResourceNotFoundException, 'GROUP not found.')
  await expectError(aws.describeGroup(within({ GroupId })), ResourceNotFoundException, 'Group not found')
  await expectError(aws.updateGroup(within({ GroupId, Operations })), ResourceNotFoundException)
  await aws.deleteGroup(within({ GroupId }))
})

test('ListGroups, filtered and paginated', async () => {
  const made = []
  for (let n = 0; n < 5; n += 1) made.push(await createGroup())
  const [groups] = await paged(paginateListGroups({ client: aws, pageSize: 2 }, within({})), 'Groups')
  assert.deepEqual(groups.slice(-5).map((group) => group.GroupId), made)
  const Filters = [{ AttributePath: 'DisplayName', AttributeValue: groups.at(-1).DisplayName }]
  const found = await aws.listGroups(within({ Filters }))
  assert.deepEqual(found.Groups.map((group) => group.GroupId), made.slice(-1))
})

// --- memberships ---------------------------------------------------------------------------------

test('CreateGroupMembership, DescribeGroupMembership, GetGroupMembershipId, DeleteGroupMembership', async () => {
  const [GroupId, UserId] = [await createGroup(), await createUser()]
  const both = within({ GroupId, MemberId: { UserId } })
  const { MembershipId } = await aws.createGroupMembership(both)
  const shown = await aws.describeGroupMembership(within({ MembershipId }))
  assert.deepEqual([shown.GroupId, shown.MemberId], [GroupId, { UserId }])
  assert.equal((await aws.getGroupMembershipId(both)).MembershipId, MembershipId)
  const again = await expectError(aws.createGroupMembership(both), ConflictException)
  assert.equal(again.Reason, 'UNIQUENESS_CONSTRAINT_VIOLATION')
  await aws.deleteGroupMembership(within({ MembershipId }))
  const gone = await expectError(aws.describeGroupMembership(within({ MembershipId })), ResourceNotFoundException)
  assert.equal(gone.ResourceType, 'GROUP_MEMBERSHIP')
  await expectError(aws.getGroupMembershipId(both), ResourceNotFoundException)
  await aws.deleteGroupMembership(within({ MembershipId }))
})

test('ListGroupMemberships and ListGroupMembershipsForMember, paginated', async () => {
  const [GroupId, other] = [await createGroup(), await createGroup()]
  const users = []
  for (let n = 0; n < 5; n += 1) {
    users.push(await createUser())
    await join(GroupId, users[n])
  }
  await join(other, users[0])
  const settings = { client: aws, pageSize: 2 }
  const [members, pages] = await paged(paginateListGroupMemberships(settings, within({ GroupId })), 'GroupMemberships')
  assert.deepEqual(members.map((one) => one.MemberId.UserId), users)
  assert.equal(pages, 3)
  const MemberId = { UserId: users[0] }
  const paginator = paginateListGroupMembershipsForMember(settings, within({ MemberId }))
  const [groups] = await paged(paginator, 'GroupMemberships')
  assert.deepEqual(groups.map((one) => one.GroupId), [GroupId, other])
  await expectError(aws.listGroupMemberships(within({ GroupId: MISSING })), ResourceNotFoundException)
  const unknown = within({ MemberId: { UserId: MISSING } })
  await expectError(aws.listGroupMembershipsForMember(unknown), ResourceNotFoundException)
})

test('IsMemberInGroups', async () => {
  const [inside, outside, UserId] = [await createGroup(), await createGroup(), await createUser()]
  await join(inside, UserId)
  const query = within({ MemberId: { UserId }, GroupIds: [outside, MISSING, inside] })
  const { Results } = await aws.isMemberInGroups(query)
  assert.deepEqual(Results.map((one) => [one.GroupId, one.MembershipExists]), [
    [outside, false],
    [MISSING, false],
    [inside, true],
  ])
})

// --- refusals ------------------------------------------------------------------------------------

test('missing user error has type, id and request id', async () => {
  const error = await expectError(aws.describeUser(within({ UserId: MISSING })), ResourceNotFoundException)
  assert.equal(error.message, 'User not found')
  assert.deepEqual([error.ResourceType, error.ResourceId], ['USER', MISSING])
  assert.equal(error.RequestId, error.$metadata.requestId)
})

test('missing store is not found', async () => {
  const error = await expectError(aws.listUsers({ IdentityStoreId: 'd-ffffffffff' }), ResourceNotFoundException)
  assert.equal(error.message, 'IdentityStore not present for IdentityStoreId: d-ffffffffff')
  assert.deepEqual([error.ResourceType, error.ResourceId], ['IDENTITY_STORE', 'd-ffffffffff'])
})

test('a taken name is a uniqueness violation', async () => {
  await createUser({ UserName: 'taken' })
  const error = await expectError(aws.createUser(person({ UserName: 'taken' })), ConflictException, 'Duplicate UserName')
  assert.equal(error.Reason, 'UNIQUENESS_CONSTRAINT_VIOLATION')
  await createGroup({ DisplayName: 'Taken' })
  const group = aws.createGroup(within({ DisplayName: 'Taken' }))
  await expectError(group, ConflictException, 'Duplicate GroupDisplayName')
})

test('an unsupported path and a broken constraint are invalid', async () => {
  const UserId = await createUser()
  const update = (AttributePath) =>
    aws.updateUser(within({ UserId, Operations: [{ AttributePath, AttributeValue: 'x' }] }))
  const text = 'Updates for AttributePath: userStatus is not supported'
  await expectError(update('userStatus'), ValidationException, text)
  const broken = await expectError(update('emails[0]'), ValidationException)
  assert.match(broken.message, /^1 validation error detected: Value .* at 'operations\.1\.member\.attributePath'/)
})

test('a full store is a quota error', async () => {
  const full = awsClient(await start('--quota-groups', '1'))
  await full.createGroup(within({ DisplayName: 'One' })).catch(() => {}) // It may be full before.
  await expectError(full.createGroup(within({ DisplayName: 'Two' })), ServiceQuotaExceededException)
})
