// Mode `strict`: both clouds' Node SDKs pass with the right secret, and fail with the cloud's error for each fault.

import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer, request as send } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

import { Identitystore } from '@aws-sdk/client-identitystore'
import { STS } from '@aws-sdk/client-sts'

import { BasicCredentials, Region, STORE, awsOptions, done, expectError, sdk, start } from './server.js'

const keys = join(mkdtempSync(join(tmpdir(), 'idouble-keys-')), 'idouble.toml')
writeFileSync(keys, `
[[access_key]]
id = "AKIARIGHT"
secret = "right"

[[access_key]]
id = "ASIATEMPORARY"
secret = "right"
session_token = "token"
`)
const url = await start('--auth', 'strict', '--config', keys)

/** A call of the control API. */
async function control(method, path, body) {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`${url}/_idouble${path}`, { method, headers, body: JSON.stringify(body) })
  assert.ok(response.ok, await response.text())
}

/** A client that signs with this key, and for `service` if it is set. */
function aws(endpoint, { id = 'AKIARIGHT', secret = 'right', token, service } = {}) {
  const credentials = { accessKeyId: id, secretAccessKey: secret, sessionToken: token }
  return new Identitystore({ ...awsOptions(endpoint), credentials, ...(service && { signingName: service }) })
}

function huawei(endpoint, { id = 'AKIARIGHT', secret = 'right', token, service } = {}) {
  const credentials = new BasicCredentials().withAk(id).withSk(secret).withProjectId('0'.repeat(32))
  if (token) credentials.withSecurityToken(token)
  const builder = sdk.IdentityCenterStoreClient.newBuilder().withCredential(credentials)
  if (!service) return builder.withEndpoint(endpoint).build()
  // Only V11-HMAC-SHA256 names a service.
  credentials.withDerivedPredicate(() => true)
  return builder.withDerivedAuthServiceName(service).withRegion(new Region('cn-north-4', endpoint)).build()
}

// GetUserId, because its request has a body in both clouds.

function callOfAws(endpoint, key) {
  const AlternateIdentifier = { UniqueAttribute: { AttributePath: 'userName', AttributeValue: 'alice' } }
  return aws(endpoint, key).getUserId({ IdentityStoreId: STORE, AlternateIdentifier })
}

function callOfHuawei(endpoint, key) {
  const unique_attribute = { attribute_path: 'user_name', attribute_value: 'alice' }
  const body = { alternate_identifier: { unique_attribute } }
  return huawei(endpoint, key).getUserId({ identity_store_id: STORE, body })
}

/** The URL of a proxy that forwards requests after `tamper` has changed their headers and their body. */
async function proxy(tamper) {
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString()
    const changed = tamper(request.headers, body)
    const forwarded = send(url + request.url, { method: request.method, headers: request.headers, agent: false })
    forwarded.end(changed)
    forwarded.on('response', (answer) => answer.pipe(response.writeHead(answer.statusCode, answer.headers)))
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  after(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${server.address().port}`
}

const revoke = () => control('DELETE', '/access-keys/AKIARIGHT')

/** AWS accepts 5 minutes, Huawei 15. */
const moveClock = (minutes) => () => {
  return control('PUT', '/clock', { set: new Date(Date.now() + minutes * 60_000).toISOString(), freeze: true })
}

function replaceBody(_, body) {
  assert.ok(body.includes('alice'))
  return body.replace('alice', 'chris')
}

function replaceHeaders(headers, body) {
  const changed = { 'x-amz-target': 'AWSIdentityStore.GetGroupId', 'x-project-id': '1'.repeat(32) }
  for (const name in changed) if (headers[name]) headers[name] = changed[name]
  return body
}

function replaceScope(headers, body) {
  headers.authorization = headers.authorization.replace('/other,', '/identitycenterstore,')
  return body
}

const invalid = 'InvalidSignatureException'
const unrecognized = 'UnrecognizedClientException'
const noMatch = /does not match the signature you provided/
const tokenInvalid = /The security token included in the request is invalid/
const failed = /verify aksk signature fail/

// What is wrong, the error of AWS, and the reason that Huawei's message gives.
const faults = [
  ['wrong secret', { key: { secret: 'wrong' } }, invalid, noMatch, failed],
  ['unknown key', { key: { id: 'AKIAUNKNOWN' } }, unrecognized, tokenInvalid, /ak not exist/],
  ['revoked key', { before: revoke }, unrecognized, tokenInvalid, /ak not exist/],
  ['missing session token', { key: { id: 'ASIATEMPORARY' } }, unrecognized, tokenInvalid, /decrypt token fail/],
  ['other session token', { key: { id: 'ASIATEMPORARY', token: 'other' } }, unrecognized, tokenInvalid, /decrypt token fail/],
  ['old date', { before: moveClock(16) }, invalid, /^Signature expired/, /signature expired/],
  ['future date', { before: moveClock(-16) }, invalid, /^Signature not yet current/, /signature expired/],
  ['tampered body', { tamper: replaceBody }, invalid, noMatch, failed],
  ['tampered header', { tamper: replaceHeaders }, invalid, noMatch, failed],
  ['wrong service', { key: { service: 'other' }, tamper: replaceScope }, invalid, /correct service: 'identitystore'/, failed],
]

test('the right secret and token are accepted', async () => {
  const untouched = await proxy((_, body) => body)
  for (const key of [{}, { id: 'ASIATEMPORARY', token: 'token' }]) {
    for (const endpoint of [url, untouched]) {
      assert.ok((await callOfAws(endpoint, key)).UserId)
      assert.ok((await done(callOfHuawei(endpoint, key))).user_id)
    }
  }
  const credentials = { accessKeyId: 'AKIARIGHT', secretAccessKey: 'right' }
  const sts = new STS({ ...awsOptions(url), credentials })
  assert.equal((await sts.getCallerIdentity({})).Account, '123456789012')
})

test("Huawei's derived signature is accepted", async () => {
  const algorithms = []
  const recording = await proxy((headers, body) => {
    algorithms.push(headers.authorization.split(' ')[0])
    return body
  })
  assert.ok((await done(callOfHuawei(recording, { service: 'identitycenterstore' }))).user_id)
  assert.deepEqual(algorithms, ['V11-HMAC-SHA256'])
})

for (const [name, { key, before, tamper }, code, message, reason] of faults) {
  test(`${name} is rejected with the errors of the clouds`, async () => {
    await control('POST', '/reset', {})
    await before?.()
    const endpoint = tamper ? await proxy(tamper) : url
    await assert.rejects(callOfAws(endpoint, key), { name: code, message })
    assert.match((await expectError(callOfHuawei(endpoint, key), 401, 'APIGW.0301')).errorMsg, reason)
  })
}
