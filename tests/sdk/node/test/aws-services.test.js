// `@aws-sdk/client-sso-admin`, `-organizations` and `-sts` as clients: every operation that is served
// succeeds, and fails as its modelled exception.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as organizationsSdk from '@aws-sdk/client-organizations'
import * as ssoSdk from '@aws-sdk/client-sso-admin'
import * as stsSdk from '@aws-sdk/client-sts'

import { MISSING, STORE, awsOptions, start } from './server.js'

const MANAGEMENT = '123456789012'
const PRODUCTION = '210987654321'
const ALICE = 'f384e872-8021-70c4-796b-a1180c595771'
const UNKNOWN = 'arn:aws:sso:::instance/ssoins-ffffffffffffffff'

const options = awsOptions(await start())
const sso = new ssoSdk.SSOAdmin(options)
const organizations = new organizationsSdk.Organizations(options)
const sts = new stsSdk.STS(options)

const InstanceArn = (await sso.listInstances()).Instances[0].InstanceArn
const { PermissionSets } = await sso.listPermissionSets({ InstanceArn })
const [admin, readOnly, developer] = PermissionSets.map((arn) => ({ InstanceArn, PermissionSetArn: arn }))
const principal = { PrincipalId: ALICE, PrincipalType: 'USER' }
const assignment = { ...developer, ...principal, TargetId: MANAGEMENT, TargetType: 'AWS_ACCOUNT' }
const ParentId = (await organizations.listRoots()).Roots[0].Id

const requestId = async (status) => (await status).RequestId
const creation = async () => (await sso.createAccountAssignment(assignment)).AccountAssignmentCreationStatus
const deletion = async () => (await sso.deleteAccountAssignment(assignment)).AccountAssignmentDeletionStatus

// Operation, input, and what the output must have.
const SUCCESSES = [
  [sso, 'listInstances', {}, (out) => out.Instances[0].IdentityStoreId === STORE],
  [sso, 'describeInstance', { InstanceArn }, (out) => out.CreatedDate instanceof Date],
  [sso, 'listPermissionSets', { InstanceArn }, (out) => out.PermissionSets.length === 3],
  [sso, 'describePermissionSet', admin, (out) => out.PermissionSet.Name === 'AdministratorAccess'],
  [sso, 'listPermissionSetsProvisionedToAccount', { InstanceArn, AccountId: PRODUCTION }, (out) => out.PermissionSets.length === 2],
  [sso, 'listAccountsForProvisionedPermissionSet', readOnly, (out) => out.AccountIds.length === 2],
  [sso, 'listAccountAssignments', { ...developer, AccountId: PRODUCTION }, (out) => out.AccountAssignments.length === 1],
  [sso, 'listAccountAssignmentsForPrincipal', { InstanceArn, ...principal }, (out) => out.AccountAssignments.length === 2],
  [sso, 'createAccountAssignment', assignment, (out) => out.AccountAssignmentCreationStatus.Status === 'IN_PROGRESS'],
  [sso, 'describeAccountAssignmentCreationStatus', async () => ({ InstanceArn, AccountAssignmentCreationRequestId: await requestId(creation()) }), (out) => out.AccountAssignmentCreationStatus.Status === 'SUCCEEDED'],
  [sso, 'deleteAccountAssignment', assignment, (out) => out.AccountAssignmentDeletionStatus.Status === 'IN_PROGRESS'],
  [sso, 'describeAccountAssignmentDeletionStatus', async () => ({ InstanceArn, AccountAssignmentDeletionRequestId: await requestId(deletion()) }), (out) => out.AccountAssignmentDeletionStatus.Status === 'FAILED'],
  [sso, 'listTagsForResource', { InstanceArn, ResourceArn: admin.PermissionSetArn }, (out) => out.Tags.length === 1],
  [sso, 'getInlinePolicyForPermissionSet', developer, (out) => JSON.parse(out.InlinePolicy).Version === '2012-10-17'],
  [sso, 'listManagedPoliciesInPermissionSet', readOnly, (out) => out.AttachedManagedPolicies.length === 2],
  [sso, 'listCustomerManagedPolicyReferencesInPermissionSet', developer, (out) => out.CustomerManagedPolicyReferences.length === 1],
  [organizations, 'listAccounts', {}, (out) => out.Accounts[1].JoinedTimestamp instanceof Date],
  [organizations, 'describeAccount', { AccountId: PRODUCTION }, (out) => out.Account.Name === 'Example Production'],
  [organizations, 'describeOrganization', {}, (out) => out.Organization.MasterAccountId === MANAGEMENT],
  [organizations, 'listRoots', {}, (out) => out.Roots[0].Name === 'Root'],
  [organizations, 'listOrganizationalUnitsForParent', { ParentId }, (out) => out.OrganizationalUnits.length === 0],
  [sts, 'getCallerIdentity', {}, (out) => out.Account === MANAGEMENT && out.Arn.endsWith(':user/idouble')],
]

for (const [client, operation, input, check] of SUCCESSES) {
  test(`${operation} succeeds`, async () => {
    const out = await client[operation](typeof input === 'function' ? await input() : input)
    assert.equal(out.$metadata.httpStatusCode, 200)
    assert.match(out.$metadata.requestId, /^[0-9a-f-]{36}$/)
    assert.ok(check(out), JSON.stringify(out))
  })
}

// Operation, input, and the exception that its model has for it. Others get an unknown instance.
const FAILURES = {
  listInstances: [{ NextToken: 'surprise' }, ssoSdk.ValidationException],
  describeInstance: [{ InstanceArn: UNKNOWN }, ssoSdk.AccessDeniedException],
  describeAccountAssignmentCreationStatus: [{ InstanceArn, AccountAssignmentCreationRequestId: MISSING }, ssoSdk.ResourceNotFoundException],
  describeAccountAssignmentDeletionStatus: [{ InstanceArn, AccountAssignmentDeletionRequestId: MISSING }, ssoSdk.ResourceNotFoundException],
  listTagsForResource: [{ ResourceArn: UNKNOWN }, ssoSdk.ResourceNotFoundException],
  listAccounts: [{ NextToken: 'surprise' }, organizationsSdk.InvalidInputException],
  describeAccount: [{ AccountId: '999999999999' }, organizationsSdk.AccountNotFoundException],
  listRoots: [{ NextToken: 'surprise' }, organizationsSdk.InvalidInputException],
  listOrganizationalUnitsForParent: [{ ParentId: 'r-zzzz' }, organizationsSdk.ParentNotFoundException],
}
const NEVER_FAIL = ['describeOrganization', 'getCallerIdentity']

for (const [client, operation, valid] of SUCCESSES) {
  if (NEVER_FAIL.includes(operation)) continue
  const [input, kind] = FAILURES[operation] ?? [{ ...valid, InstanceArn: UNKNOWN }, ssoSdk.ResourceNotFoundException]
  test(`${operation} fails with ${kind.name}`, async () => {
    let error
    await assert.rejects(client[operation](input), (caught) => (error = caught) && true)
    assert.ok(error instanceof kind, `${error}`)
    assert.equal(error.$metadata.httpStatusCode, 400)
    assert.ok(error.message)
  })
}

test('paginators give every item once', async () => {
  const seen = []
  for await (const page of ssoSdk.paginateListPermissionSets({ client: sso, pageSize: 2 }, { InstanceArn })) {
    seen.push(page.PermissionSets)
  }
  assert.deepEqual(seen, [PermissionSets.slice(0, 2), PermissionSets.slice(2)])
  let accounts = 0
  for await (const page of organizationsSdk.paginateListAccounts({ client: organizations, pageSize: 1 }, {})) {
    accounts += page.Accounts.length
  }
  assert.equal(accounts, 2)
})

test('operations that are not served are rejected by name', async () => {
  const notServed = (name, message) => ({ name, message: `${message} is not served by idouble` })
  await assert.rejects(sso.listApplications({ InstanceArn }), notServed('UnknownOperationException', 'sso-admin ListApplications'))
  await assert.rejects(organizations.listPolicies({ Filter: 'TAG_POLICY' }), notServed('UnknownOperationException', 'organizations ListPolicies'))
  await assert.rejects(sts.getSessionToken({}), notServed('InvalidAction', 'sts GetSessionToken'))
})
