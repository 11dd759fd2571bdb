// Huawei Cloud's Node SDK as a client: every operation on users, groups and memberships, done and
// rejected; errors with status, code, message and request id.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import {
  BasicCredentials,
  MISSING,
  Region,
  STORE,
  done,
  fresh,
  huaweiClient,
  personOfHuawei,
  expectError,
  sdk,
  start,
} from './server.js'

const url = await start()
const huawei = huaweiClient(url)

const within = (more) => ({ identity_store_id: STORE, ...more })
const asking = (body) => within({ body })

async function createUser(more) {
  return (await done(huawei.createUser(asking(personOfHuawei(more))), 201)).user_id
}

async function createGroup(display_name = fresh('Group'), more = {}) {
  return (await done(huawei.createGroup(asking({ display_name, ...more })), 201)).group_id
}

async function join(group_id, user_id) {
  const body = { group_id, member_id: { user_id } }
  return (await done(huawei.createGroupMembership(asking(body)))).membership_id
}

const described = (user_id) => done(huawei.describeUser(within({ user_id })))

// --- users ---------------------------------------------------------------------------------------

const EVERYTHING = {
  display_name: '完整',
  name: {
    formatted: 'Dr Full Q Person Jr',
    given_name: 'Full',
    family_name: 'Person',
    middle_name: 'Q',
    honorific_prefix: 'Dr',
    honorific_suffix: 'Jr',
  },
  nickname: 'Fully',
  profile_url: 'https://example.com/full',
  addresses: [{ street_address: '1 Main St', locality: 'Town', region: 'R', postal_code: '1', country: 'CN', type: 'work', primary: true }],
  phone_numbers: [{ value: '+86 10 0000', type: 'work', primary: false }],
  user_type: 'Employee',
  title: '工程师',
  preferred_language: 'zh',
  locale: 'zh-CN',
  timezone: 'Asia/Shanghai',
  enterprise: { cost_center: 'C', department: '部', division: 'D', employee_number: '1', organization: 'O', manager: { value: 'm' } },
}

test('CreateUser and DescribeUser', async () => {
  const body = personOfHuawei(EVERYTHING)
  const made = await done(huawei.createUser(asking(body)), 201)
  assert.equal(made.identity_store_id, STORE)
  assert.ok(made.password)
  const shown = await described(made.user_id)
  const { password_mode, emails, ...given } = body
  for (const [member, value] of Object.entries(given)) assert.deepEqual(shown[member], value, member)
  assert.equal(shown.emails[0].value, emails[0].value)
  assert.deepEqual([shown.enabled, shown.email_verified], [true, false])
  assert.ok(Number.isInteger(shown.created_at) && shown.created_at === shown.updated_at)
  const mailed = await done(huawei.createUser(asking(personOfHuawei({ password_mode: 'EMAIL' }))), 201)
  assert.ok(!mailed.password)

  await expectError(huawei.createUser(asking(body)), 409)
  const { user_name, ...nameless } = personOfHuawei()
  assert.match((await expectError(huawei.createUser(asking(nameless)), 400, 'IIC.400')).errorMsg, /user_name/)
  const missing = await expectError(huawei.describeUser(within({ user_id: MISSING })), 404, 'IIC.404')
  assert.match(missing.errorMsg, /^Not Found: .*\.$/)
})

test('UpdateUser, through the models of the SDK', async () => {
  const user_id = await createUser({ nickname: 'Nick' })
  const operation = (path, value) =>
    new sdk.AttributeOperationDto().withAttributePath(path).withAttributeValue(value)
  const update = (id, ...operations) => {
    const body = new sdk.UpdateUserReqBody().withOperations(operations)
    return huawei.updateUser(new sdk.UpdateUserRequest(STORE, id).withBody(body))
  }
  const answer = await done(
    update(
      user_id,
      operation('title', 'Engineer'),
      operation('name', JSON.stringify({ family_name: 'A', given_name: 'B', middle_name: null })),
      operation('phone_numbers', JSON.stringify([{ type: 'work', primary: true }])),
      operation('enterprise', JSON.stringify({ department: 'Ops' })),
      new sdk.AttributeOperationDto().withAttributePath('nickname'),
    ),
  )
  assert.deepEqual(answer, {})
  const shown = await described(user_id)
  assert.equal(shown.title, 'Engineer')
  assert.deepEqual(shown.name, { family_name: 'A', given_name: 'B' })
  assert.deepEqual(shown.phone_numbers, [{ type: 'work', primary: true }])
  assert.deepEqual(shown.enterprise, { department: 'Ops' })
  assert.ok(!shown.nickname)

  // The SDK keeps a null of a plain body: it removes, too.
  const operations = [{ attribute_path: 'title', attribute_value: null }]
  await done(huawei.updateUser(within({ user_id, body: { operations } })))
  assert.ok(!(await described(user_id)).title)

  await expectError(update(user_id, operation('enabled', 'false')), 400, 'IIC.400')
  await expectError(update(user_id, operation('display_name')), 400, 'IIC.400')
  await expectError(update(MISSING, operation('title', 'x')), 404, 'IIC.404')
})

test('DeleteUser', async () => {
  const user_id = await createUser()
  assert.deepEqual(await done(huawei.deleteUser(within({ user_id }))), {})
  await expectError(huawei.deleteUser(within({ user_id })), 404, 'IIC.404')
})

test('ListUsers, by pages and filtered', async () => {
  const made = []
  for (let n = 0; n < 7; n += 1) made.push(await createUser())
  const seen = []
  let marker
  do {
    const page = await done(huawei.listUsers(within({ limit: 3, marker })))
    assert.equal(page.page_info.current_count, page.users.length)
    seen.push(...page.users.map((user) => user.user_id))
    marker = page.page_info.next_marker
    if (marker !== null) assert.match(marker, /^[0-9a-f]{24}$/)
  } while (marker !== null)
  assert.equal(new Set(seen).size, seen.length)
  assert.deepEqual(seen.slice(-7), made)

  const { user_name } = await described(made[0])
  const found = await done(huawei.listUsers(within({ user_name })))
  assert.deepEqual(found.users.map((user) => user.user_id), made.slice(0, 1))
  await expectError(huawei.listUsers(within({ limit: 101 })), 400, 'IIC.400')
  await expectError(huawei.listUsers(within({ marker: 'surprise' })), 400, 'IIC.400')
  await expectError(huawei.listUsers({ identity_store_id: 'd-ffffffffff' }), 404, 'IIC.1308')
})

test('DescribeUsers', async () => {
  const made = [await createUser(), await createUser()]
  const { users } = await done(huawei.describeUsers(asking({ user_ids: made })))
  assert.deepEqual(users.map((user) => user.user_id), made)
  await expectError(huawei.describeUsers(asking({ user_ids: [] })), 400, 'IIC.400')
})

test('GetUserId', async () => {
  const user_id = await createUser({ user_name: '可找到的' })
  const find = (attribute_path, attribute_value) => {
    const unique_attribute = { attribute_path, attribute_value }
    return huawei.getUserId(asking({ alternate_identifier: { unique_attribute } }))
  }
  const found = await done(find('user_name', '可找到的'))
  assert.deepEqual(found, within({ user_id }))
  await expectError(find('user_name', 'nobody'), 404, 'IIC.404')
  await expectError(find('title', 'x'), 400, 'IIC.400')
})

test('DisableUser and EnableUser', async () => {
  const user_id = await createUser()
  assert.deepEqual(await done(huawei.disableUser(within({ user_id }))), {})
  assert.equal((await described(user_id)).enabled, false)
  assert.deepEqual(await done(huawei.enableUser(within({ user_id }))), {})
  assert.equal((await described(user_id)).enabled, true)
  await expectError(huawei.disableUser(within({ user_id: MISSING })), 404)
  await expectError(huawei.enableUser(within({ user_id: MISSING })), 404)
})

test('ResetPwdMode', async () => {
  const user_id = await createUser()
  const reset = (mode, id = user_id) => huawei.resetPwdMode(within({ user_id: id, body: { mode } }))
  assert.ok((await done(reset('OTP'))).password)
  assert.ok(!(await done(reset('EMAIL'))).password)
  await expectError(reset('SURPRISE'), 400, 'IIC.400')
  await expectError(reset('OTP', MISSING), 404)
})

test('VerifyEmail', async () => {
  const user_id = await createUser()
  assert.deepEqual(await done(huawei.verifyEmail(within({ user_id }))), {})
  await expectError(huawei.verifyEmail(within({ user_id: MISSING })), 404)
})

// --- groups --------------------------------------------------------------------------------------

test('CreateGroup, DescribeGroup, UpdateGroup, DeleteGroup', async () => {
  const group_id = await createGroup('诗人', { description: 'They write' })
  let shown = await done(huawei.describeGroup(within({ group_id })))
  assert.deepEqual([shown.display_name, shown.description], ['诗人', 'They write'])
  assert.ok(Number.isInteger(shown.created_at))
  const update = (id, operations) => huawei.updateGroup(within({ group_id: id, body: { operations } }))
  const operations = [{ attribute_path: 'description', attribute_value: '' }]
  assert.deepEqual(await done(update(group_id, operations)), {})
  shown = await done(huawei.describeGroup(within({ group_id })))
  assert.ok(!shown.description)

  await expectError(huawei.createGroup(asking({ display_name: '诗人' })), 409)
  await expectError(huawei.createGroup(asking({})), 400, 'IIC.400')
  await expectError(update(group_id, [{ attribute_path: 'surprise', attribute_value: 'x' }]), 400, 'IIC.400')
  await expectError(update(MISSING, operations), 404, 'IIC.404')
  assert.deepEqual(await done(huawei.deleteGroup(within({ group_id }))), {})
  await expectError(huawei.deleteGroup(within({ group_id })), 404, 'IIC.404')
  await expectError(huawei.describeGroup(within({ group_id })), 404, 'IIC.404')
})

test('ListGroups, by pages and with the fuzzy filter', async () => {
  const made = [await createGroup('Song poets'), await createGroup('Painters'), await createGroup('Tang poets')]
  const seen = []
  let marker
  do {
    const page = await done(huawei.listGroups(within({ limit: 2, marker })))
    seen.push(...page.groups.map((group) => group.group_id))
    marker = page.page_info.next_marker
  } while (marker !== null)
  assert.deepEqual(seen.slice(-3), made)
  // `*!'()` go raw into the query: the SDK does not encode them.
  const odd = await createGroup("Odd *!'() group")
  for (const [display_name, ids] of [['poets', [made[0], made[2]]], ["*!'()", [odd]]]) {
    const found = await done(huawei.listGroups(within({ display_name })))
    assert.deepEqual(found.groups.map((group) => group.group_id), ids)
  }
  await expectError(huawei.listGroups(within({ limit: 0 })), 400, 'IIC.400')
})

test('DescribeGroups', async () => {
  const made = [await createGroup(), await createGroup()]
  const { groups } = await done(huawei.describeGroups(asking({ group_ids: made })))
  assert.deepEqual(groups.map((group) => group.group_id), made)
  await expectError(huawei.describeGroups(asking({ group_ids: [] })), 400, 'IIC.400')
})

test('GetGroupId', async () => {
  const group_id = await createGroup('Findable')
  const find = (attribute_value) => {
    const unique_attribute = { attribute_path: 'display_name', attribute_value }
    return huawei.getGroupId(asking({ alternate_identifier: { unique_attribute } }))
  }
  assert.deepEqual(await done(find('Findable')), within({ group_id }))
  await expectError(find('nobody'), 404, 'IIC.404')
})

// --- memberships ---------------------------------------------------------------------------------

test('CreateGroupMembership, DescribeGroupMembership, GetGroupMembershipId, DeleteGroupMembership', async () => {
  const [group_id, user_id] = [await createGroup(), await createUser()]
  const membership_id = await join(group_id, user_id)
  const body = { group_id, member_id: { user_id } }
  const shown = await done(huawei.describeGroupMembership(within({ membership_id })))
  assert.deepEqual([shown.group_id, shown.member_id], [group_id, { user_id }])
  const found = await done(huawei.getGroupMembershipId(asking(body)))
  assert.deepEqual(found, within({ membership_id }))

  await expectError(huawei.createGroupMembership(asking(body)), 409)
  const missing_user = { group_id, member_id: { user_id: MISSING } }
  await expectError(huawei.createGroupMembership(asking(missing_user)), 404, 'IIC.404')
  await expectError(huawei.getGroupMembershipId(asking(missing_user)), 404, 'IIC.404')
  assert.deepEqual(await done(huawei.deleteGroupMembership(within({ membership_id }))), {})
  await expectError(huawei.deleteGroupMembership(within({ membership_id })), 404, 'IIC.404')
  await expectError(huawei.describeGroupMembership(within({ membership_id })), 404, 'IIC.404')
})

test('ListGroupMemberships and ListGroupMembershipsForMember', async () => {
  const [group_id, other] = [await createGroup(), await createGroup()]
  const users = [await createUser(), await createUser(), await createUser()]
  for (const user of users) await join(group_id, user)
  await join(other, users[0])
  const seen = []
  let marker
  do {
    const page = await done(huawei.listGroupMemberships(within({ group_id, limit: 2, marker })))
    seen.push(...page.group_memberships.map((one) => one.member_id.user_id))
    marker = page.page_info.next_marker
  } while (marker !== null)
  assert.deepEqual(seen, users)
  const theirs = await done(huawei.listGroupMembershipsForMember(within({ user_id: users[0] })))
  assert.deepEqual(theirs.group_memberships.map((one) => one.group_id), [group_id, other])
  await expectError(huawei.listGroupMemberships(within({ group_id: MISSING })), 404)
  await expectError(huawei.listGroupMembershipsForMember(within({ user_id: MISSING })), 404)
  await expectError(huawei.listGroupMembershipsForMember(within({ user_id: users[0], limit: 101 })), 400)
})

test('IsMemberInGroups', async () => {
  const [inside, outside, user_id] = [await createGroup(), await createGroup(), await createUser()]
  await join(inside, user_id)
  const operation_input = (group_ids) => huawei.isMemberInGroups(asking({ member_id: { user_id }, group_ids }))
  const { results } = await done(operation_input([outside, inside]))
  assert.deepEqual(results.map((one) => [one.group_id, one.membership_exists]), [
    [outside, false],
    [inside, true],
  ])
  await expectError(operation_input([]), 400, 'IIC.400')
})

test('GetIdentityStoreSummary', async () => {
  const before = await done(huawei.getIdentityStoreSummary(within({})))
  await createUser()
  await createGroup()
  const after = await done(huawei.getIdentityStoreSummary(within({})))
  assert.deepEqual([after.users, after.groups], [before.users + 1, before.groups + 1])
  assert.ok(after.users_quota > 0 && after.groups_quota > 0)
  await expectError(huawei.getIdentityStoreSummary({ identity_store_id: 'd-ffffffffff' }), 404, 'IIC.1308')
})

test('an unknown store id of another form names the member', async () => {
  const error = await expectError(huawei.listUsers({ identity_store_id: 'surprise' }), 400, 'IIC.400')
  assert.match(error.errorMsg, /identity_store_id/)
})

test('a region and an IAM endpoint: the SDK looks its project up', async () => {
  const credentials = new BasicCredentials().withAk('HWAKREGION').withSk('secret').withIamEndpoint(url)
  const builder = sdk.IdentityCenterStoreClient.newBuilder().withCredential(credentials)
  const client = builder.withRegion(new Region('cn-north-4', url)).build()
  await done(client.listUsers(within({ limit: 1 })))
  assert.match(credentials.projectId, /^[0-9a-f]{32}$/)
})
