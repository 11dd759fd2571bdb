const { Server } = require('idouble')
const { rename } = require('./rename.js')

let server
beforeAll(async () => {
  server = await Server.start()
})
afterAll(() => server.stop())

test('the update is retried', async () => {
  const store = await server.store({ copy: 'd-1234567890' })
  await store.withFault('*:UpdateUser', 'throttle', { when: { first: 2 }, expect: 2 }, async (fault) => {
    expect(await rename(store, 'Boss')).toBe('Boss')
    expect(await fault.fired()).toBe(2)
  })
  await store.journal.expect('UpdateUser', 3)
})
