// A running idouble, and clients of both clouds that point at it.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { after } from 'node:test'

import { Identitystore } from '@aws-sdk/client-identitystore'

// Huawei's SDK writes to the home directory; AWS's reads configuration there.
process.env.HOME = mkdtempSync(join(tmpdir(), 'idouble-node-'))
for (const name of Object.keys(process.env)) {
  if (/^(AWS_|HUAWEICLOUD_)|_proxy$/i.test(name)) delete process.env[name]
}

const require = createRequire(import.meta.url)
export const sdk = require('@huaweicloud/huaweicloud-sdk-identitycenterstore/v1/public-api')
export const { BasicCredentials, Region } = require('@huaweicloud/huaweicloud-sdk-core')
// It logs every refusal at length; here they are wanted.
require('@huaweicloud/huaweicloud-sdk-core/logger/log4jLogger').Logger4jInstance.level = 'off'

/** The embedded default directory. */
export const STORE = 'd-1234567890'
/** A well-formed id of no resource. */
export const MISSING = '00000000-0000-7000-8000-000000000000'

/** The built binary: `IDOUBLE_BIN`, which `make test` sets, or the one that `cargo build` leaves. */
function binary() {
  const root = resolve(import.meta.dirname, '../../../..')
  const target = process.env.CARGO_TARGET_DIR ?? 'target'
  return process.env.IDOUBLE_BIN ?? resolve(root, target, 'debug/idouble')
}

/** Starts an idouble that ends with this file's tests; its URL. */
export async function start(...parameters) {
  const options = { stdio: ['pipe', 'pipe', 'inherit'] }
  const fixed = ['serve', '--port', '0', '--exit-with-stdin', '--log', 'off']
  const child = spawn(binary(), [...fixed, ...parameters], options)
  after(async () => {
    const ended = once(child, 'exit')
    child.stdin.end()
    await ended
  })
  for await (const line of createInterface({ input: child.stdout })) {
    return line.replace('idouble ready on ', '')
  }
  throw new Error('idouble was not ready')
}

/** The options of a client of AWS that tries so often in all. */
export function awsOptions(endpoint, attempts = 1) {
  const credentials = { accessKeyId: 'AKIDTEST', secretAccessKey: 'secret' }
  return { endpoint, region: 'us-east-1', credentials, maxAttempts: attempts }
}

/** A client of Identity Store; it has a method for every operation. */
export function awsClient(endpoint, attempts) {
  return new Identitystore(awsOptions(endpoint, attempts))
}

/** A client of Huawei. */
export function huaweiClient(endpoint) {
  const credentials = new BasicCredentials().withAk('HWAKTEST').withSk('secret')
  credentials.withProjectId('0'.repeat(32))
  return sdk.IdentityCenterStoreClient.newBuilder().withCredential(credentials).withEndpoint(endpoint).build()
}

let numbers = 0

/** A name that no other test uses. */
export function fresh(what) {
  numbers += 1
  return `${what}-${numbers}`
}

/** Huawei: an answer with this status, without it. */
export async function done(call, status = 200) {
  const { httpStatusCode, ...answer } = await call
  assert.equal(httpStatusCode, status)
  return answer
}

/** Huawei: the error of a call that has to fail with this status, and this code if one is given. */
export async function expectError(call, status, code) {
  let error
  await assert.rejects(call, (caught) => (error = caught) && true)
  assert.equal(error.constructor.name, 'ClientRequestException', `${error}`)
  assert.equal(error.httpStatusCode, status, error.errorMsg)
  if (code !== undefined) assert.equal(error.errorCode, code)
  assert.ok(error.errorMsg)
  assert.match(error.requestId, /^[0-9a-f]{32}$/)
  return error
}

/** What CreateUser of Huawei needs, with a name that no other test uses. */
export function personOfHuawei(more) {
  const name = fresh('renyuan')
  return {
    user_name: name,
    display_name: '人员',
    name: { given_name: 'Yuan', family_name: 'Ren' },
    emails: [{ value: `${name}@example.com`, type: 'work', primary: true }],
    password_mode: 'OTP',
    ...more,
  }
}
