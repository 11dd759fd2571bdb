import { test } from 'idouble/vitest'
import { expect } from 'vitest'
import { rename } from './rename.js'

test.override('storeOptions', { copy: 'd-1234567890' })

test('a failed test prints its requests', async ({ store }) => {
  await store.fault('*:UpdateUser', 'throttle', { when: { first: 1 } })
  expect(await rename(store, 'Boss')).toBe('Chief')
})
