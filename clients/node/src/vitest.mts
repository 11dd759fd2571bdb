import { test as base } from 'vitest'

import { type JournalEntry, Server, type ServerOptions, type Store, type StoreOptions } from './index.js'

/** The fixtures of `idouble/vitest`. */
export interface IdoubleFixtures {
  /** Options of the server; set them with `test.extend`. */
  serverOptions: ServerOptions
  /** What the store of each test begins with; set it with `test.override` or `test.extend`. */
  storeOptions: StoreOptions
  /** The server of this worker. */
  server: Server
  /**
   * The store of this test. It is deleted at the end, and its fault rules are verified. A failed test
   * prints its requests.
   */
  store: Store
}

/** Vitest's `test` with `server` and `store`. `IDOUBLE_URL` names a server that runs already. */
export const test = base.extend<IdoubleFixtures>({
  serverOptions: [{}, { scope: 'worker' }],
  storeOptions: [{}, { injected: false }],
  server: [
    async ({ serverOptions }, use) => {
      const url = process.env.IDOUBLE_URL
      const server = url ? Server.connect(url) : await Server.start(serverOptions)
      await use(server)
      await server.stop()
    },
    { scope: 'worker' },
  ],
  store: async ({ server, storeOptions, task }, use) => {
    const store = await server.store(storeOptions)
    await use(store)
    try {
      // The error of a failed test is not followed by one of its fault rules.
      if (task.result?.state !== 'fail') await store.verify()
      else console.error(journalSection(task.name, await store.journal.list()))
    } finally {
      await store.delete()
    }
  },
})

/** The requests of a failed test, oldest first. */
function journalSection(test: string, entries: JournalEntry[]): string {
  const lines = [...entries].reverse().map(({ time, dialect, operation, status, error, fault }) => {
    const parts = [
      time,
      `${dialect}:${operation ?? '?'}`,
      status ?? 'no response',
      error,
      fault && `fault=${fault}`,
    ]
    return parts.filter(Boolean).join(' ')
  })
  return [`idouble journal of "${test}":`, ...(lines.length ? lines : ['no requests'])].join('\n')
}
