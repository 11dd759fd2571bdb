import { test } from 'idouble/vitest'
import { expect } from 'vitest'
import { rename } from './rename.js'

test.override('storeOptions', { copy: 'd-1234567890' })
const ids = new Set<string>()

test('the update is retried', async ({ store }) => {
  ids.add(store.id)
  await using fault = await store.fault('*:UpdateUser', 'throttle', { when: { first: 2 }, expect: 2 })
  expect(await rename(store, 'Boss')).toBe('Boss')
  expect(await fault.fired()).toBe(2)
  await store.journal.expect('UpdateUser', 3)
  await store.journal.expectNone('DeleteUser')
})

test('each test has a store of its own on the server of the worker', async ({ server, store }) => {
  expect(ids).not.toContain(store.id)
  await store.journal.expectNone('UpdateUser')
  const { stores } = (await server.control.call('get', '/stores')) as { stores: { id: string }[] }
  expect(stores.map(({ id }) => id)).not.toContain([...ids][0])
})

test('the end of a block fails if the rule did not hit as often as expected', async ({ store }) => {
  const block = async () => {
    await using fault = await store.fault('*:DeleteUser', 'throttle', { expect: 1, id: 'unmet' })
    expect(await fault.fired()).toBe(0)
  }
  await expect(block).rejects.toThrow('fault unmet hit 0 of 0 matching requests; expected 1')
  await expect(store.fault('*:DeleteUser', 'throttle', { id: 'unmet' })).resolves.toBeTruthy()
})

test.fails('a test fails if a rule that it left did not hit as often as expected', async ({ store }) => {
  await store.fault('*:DeleteUser', 'throttle', { expect: 1 })
})
