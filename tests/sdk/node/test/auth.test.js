// Mode `strict`: both clouds' Node SDKs pass with the right secret, and fail with the cloud's errors.

import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { Identitystore } from '@aws-sdk/client-identitystore'
import { STS } from '@aws-sdk/client-sts'

import { BasicCredentials, STORE, awsOptions, done, expectError, sdk, start } from './server.js'

const keys = join(mkdtempSync(join(tmpdir(), 'idouble-keys-')), 'idouble.toml')
writeFileSync(keys, `
[[access_key]]
id = "AKIARIGHT"
secret = "right"

[[access_key]]
id = "AKIAREVOKED"
secret = "right"

[[access_key]]
id = "ASIATEMPORARY"
secret = "right"
session_token = "token"
`)
const url = await start('--auth', 'strict', '--config', keys)

function aws({ id = 'AKIARIGHT', secret = 'right', token, ...more } = {}) {
  const credentials = { accessKeyId: id, secretAccessKey: secret, sessionToken: token }
  return new Identitystore({ ...awsOptions(url), credentials, ...more })
}

const listUsers = (client) => client.listUsers({ IdentityStoreId: STORE })

/** A client that changes its requests after signing them. */
function tampering(change) {
  const client = aws()
  client.middlewareStack.add((next) => (args) => next(change(args)), { step: 'finalizeRequest', priority: 'low' })
  return client
}

function huawei({ id = 'AKIARIGHT', secret = 'right', token } = {}) {
  const credentials = new BasicCredentials().withAk(id).withSk(secret).withProjectId('0'.repeat(32))
  if (token) credentials.withSecurityToken(token)
  return sdk.IdentityCenterStoreClient.newBuilder().withCredential(credentials).withEndpoint(url).build()
}

const listOfHuawei = (client) => client.listUsers({ identity_store_id: STORE })

test('the right secret and token are accepted', async () => {
  for (const key of [{}, { id: 'ASIATEMPORARY', token: 'token' }]) {
    assert.ok((await listUsers(aws(key))).Users.length)
    assert.ok((await done(listOfHuawei(huawei(key)))).users.length)
  }
})

test('wrong credentials are rejected as by the clouds', async () => {
  const cases = [
    [{ secret: 'wrong' }, 'InvalidSignatureException', /verify aksk signature fail/],
    [{ id: 'AKIAUNKNOWN' }, 'UnrecognizedClientException', /ak not exist/],
    [{ id: 'ASIATEMPORARY' }, 'UnrecognizedClientException', /decrypt token fail/],
    [{ id: 'ASIATEMPORARY', token: 'other' }, 'UnrecognizedClientException', /decrypt token fail/],
  ]
  for (const [key, name, reason] of cases) {
    await assert.rejects(listUsers(aws(key)), { name })
    assert.match((await expectError(listOfHuawei(huawei(key)), 401, 'APIGW.0301')).errorMsg, reason)
  }
})

test('a revoked key is rejected', async () => {
  const key = { id: 'AKIAREVOKED' }
  await listUsers(aws(key))
  const headers = { 'content-type': 'application/json' }
  await fetch(`${url}/_idouble/access-keys/AKIAREVOKED`, { method: 'DELETE', headers })
  await assert.rejects(listUsers(aws(key)), { name: 'UnrecognizedClientException' })
  await expectError(listOfHuawei(huawei(key)), 401, 'APIGW.0301')
})

test('a request that was changed after signing is rejected', async () => {
  const changes = [
    ({ request }) => { request.body = Buffer.from(request.body).toString().replace('d-1', 'd-2') },
    ({ request }) => { request.headers['x-amz-target'] = 'AWSIdentityStore.ListGroups' },
    ({ request }) => { request.headers.authorization = request.headers.authorization.replace('host;', '') },
  ]
  for (const change of changes) {
    const client = tampering((args) => (change(args), args))
    await assert.rejects(listUsers(client), { name: 'InvalidSignatureException' })
  }
})

test('a signature that is too old or too new is rejected', async () => {
  // Clients correct their clock by the server's answer, and try again if they may.
  for (const minutes of [-6, 6]) {
    const client = aws({ systemClockOffset: minutes * 60_000 })
    await assert.rejects(listUsers(client), { name: 'InvalidSignatureException', message: /Signature (expired|not yet current)/ })
  }
})

test('a signature for another service is rejected', async () => {
  const client = aws({ signingName: 'sts' })
  await assert.rejects(listUsers(client), { name: 'InvalidSignatureException', message: /correct service: 'identitystore'/ })
  const sts = new STS({ ...awsOptions(url), credentials: { accessKeyId: 'AKIARIGHT', secretAccessKey: 'right' } })
  assert.equal((await sts.getCallerIdentity({})).Account, '123456789012')
})
