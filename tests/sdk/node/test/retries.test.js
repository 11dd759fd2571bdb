// Retries: AWS's SDK has its own; Huawei's for Node has none, so the application retries.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { InternalServerException, ThrottlingException } from '@aws-sdk/client-identitystore'

import { STORE, awsClient, fresh, huaweiClient, start } from './server.js'

const TWICE = ['--fault', '*:CreateUser=throttle@xx.']

const needed = () => {
  const Name = { GivenName: 'Per', FamilyName: 'Son' }
  return { IdentityStoreId: STORE, UserName: fresh('person'), DisplayName: 'A Person', Name }
}

test('AWS: two throttles, and the third try works', async () => {
  const aws = awsClient(await start(...TWICE), 3)
  const made = await aws.createUser(needed())
  assert.equal(made.$metadata.attempts, 3)
  const shown = await aws.describeUser({ IdentityStoreId: STORE, UserId: made.UserId })
  assert.equal(shown.$metadata.attempts, 1)
})

test('AWS: two tries are too few', async () => {
  const aws = awsClient(await start(...TWICE), 2)
  await assert.rejects(aws.createUser(needed()), (error) => {
    assert.ok(error instanceof ThrottlingException, `${error}`)
    assert.equal(error.message, 'Rate exceeded')
    assert.equal(error.$metadata.attempts, 2)
    assert.equal(error.$metadata.httpStatusCode, 400)
    return true
  })
})

test('AWS: an internal error is retried, and is a server fault if it persists', async () => {
  const aws = awsClient(await start('--fault', 'aws:ListUsers=internal'), 2)
  await assert.rejects(aws.listUsers({ IdentityStoreId: STORE }), (error) => {
    assert.ok(error instanceof InternalServerException, `${error}`)
    assert.deepEqual([error.$fault, error.$metadata.attempts], ['server', 2])
    assert.equal(error.$metadata.httpStatusCode, 500)
    return true
  })
})

test('AWS: a connection that is reset is tried again', async () => {
  const aws = awsClient(await start('--fault', 'aws:CreateUser=reset@x.'), 2)
  assert.equal((await aws.createUser(needed())).$metadata.attempts, 2)
})

test('Huawei: a reset connection is reported as such', async () => {
  const huawei = huaweiClient(await start('--fault', 'huawei:ListUsers=reset@x.'))
  await assert.rejects(huawei.listUsers({ identity_store_id: STORE }), (error) => {
    assert.match(`${error.message} ${error.errorMsg}`, /ECONNRESET|socket hang up/)
    return true
  })
  assert.equal((await huawei.listUsers({ identity_store_id: STORE })).httpStatusCode, 200)
})

test('Huawei: an application that tries again gets through', async () => {
  const huawei = huaweiClient(await start(...TWICE))
  const body = {
    user_name: fresh('person'),
    display_name: 'A Person',
    name: { given_name: 'Per', family_name: 'Son' },
    emails: [{ primary: true, type: 'work', value: 'person@example.com' }],
    password_mode: 'OTP',
  }
  const output = []
  for (;;) {
    try {
      const made = await huawei.createUser({ identity_store_id: STORE, body })
      assert.equal(made.httpStatusCode, 201)
      break
    } catch (error) {
      assert.equal(error.constructor.name, 'ClientRequestException')
      output.push([error.httpStatusCode, error.errorCode])
    }
  }
  assert.deepEqual(output, Array(2).fill([429, 'APIGW.0308']))
})

test('Huawei: a failure of the gateway is a server exception', async () => {
  const huawei = huaweiClient(await start('--fault', 'huawei:*=internal'))
  await assert.rejects(huawei.listUsers({ identity_store_id: STORE }), (error) => {
    assert.equal(error.constructor.name, 'ServerResponseException')
    assert.deepEqual([error.httpStatusCode, error.errorCode], [500, 'APIGW.0601'])
    assert.match(error.requestId, /^[0-9a-f]{32}$/)
    return true
  })
})
