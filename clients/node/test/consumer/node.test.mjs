import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Server } from 'idouble'
import { rename } from './rename.js'

const server = await Server.start({ seed: 7 })

test('the update is retried', async () => {
  const store = await server.store({ copy: 'd-1234567890' })
  await store.withFault('*:UpdateUser', 'throttle', { when: { first: 2 }, expect: 2 }, async () => {
    assert.equal(await rename(store, 'Boss'), 'Boss')
  })
  await store.journal.expect('UpdateUser', 3)
  await store.journal.expectNone('DeleteUser')
  await store.delete()
})

test('an unmet expectation fails, and the error of the function is not hidden', async () => {
  const store = await server.store({ copy: 'd-1234567890' })
  const options = { expect: 1, id: 'unmet' }
  await assert.rejects(
    store.withFault('*:DeleteUser', 'throttle', options, () => {}),
    /fault unmet hit 0 of 0 matching requests; expected 1/,
  )
  const fail = () => {
    throw new Error('of the function')
  }
  await assert.rejects(store.withFault('*:DeleteUser', 'throttle', options, fail), /of the function/)
  await rename(store, 'Boss')
  await assert.rejects(store.journal.expect('UpdateUser', 2), /expected 2 times: operation=UpdateUser/)
  await assert.rejects(store.journal.expectNone('UpdateUser'), /expected never: operation=UpdateUser/)
  const [entry] = await store.journal.list({ operation: 'UpdateUser' })
  assert.deepEqual([entry.status, entry.store], [200, store.id])
  await store.delete()
  await assert.rejects(rename(store, 'Boss'), { name: 'ResourceNotFoundException' })
})

test('the rules of a store hit no other store', async () => {
  const [one, other] = await Promise.all([0, 1].map(() => server.store({ copy: 'd-1234567890' })))
  const fault = await one.fault('*:UpdateUser', 'denied')
  assert.equal(await rename(other, 'Boss'), 'Boss')
  await assert.rejects(rename(one, 'Boss'), { name: 'AccessDeniedException' })
  assert.equal(await fault.fired(), 1)
  await one.journal.expect('UpdateUser', 1, { status: '4xx', within: '1s' })
})

test('an invalid rule and an invalid fixture are rejected with what would be right', async () => {
  const store = await server.store({ fixture: 'staff.toml' })
  await assert.rejects(store.fault('*:UpdateUser', 'throtle'), /did you mean "throttle"/)
  await assert.rejects(Server.start({ fixture: 'broken.toml' }), /broken\.toml/)
  await assert.rejects(server.store({ fixture: 'broken.toml' }), /broken\.toml/)
})
