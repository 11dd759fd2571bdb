import { AssertionError } from 'node:assert'

import type { components } from './api'
import type { Control } from './control'

type Schemas = components['schemas']

/** A recorded request. */
export type JournalEntry = Schemas['JournalEntry']
/** Values of fields that an entry must have, such as `{ user: id, status: '4xx' }`. */
export type JournalFilter = NonNullable<Schemas['ExpectationRequest']['match']>
/** A number of requests: `2`, `'>=1'`, `'<=3'` or `'2..4'`. */
export type ExpectedCount = number | string

/** What an expectation matches, and how long it waits. */
export interface ExpectOptions extends JournalFilter {
  /** The time to wait until the expectation is met, such as `2s`. It is checked once if not set. */
  within?: string
}

/** The requests that a server recorded, or those of one session. */
export class Journal {
  constructor(
    private readonly control: Control,
    private readonly session?: string,
  ) {}

  /** The newest requests that match, newest first. */
  async list(filter: JournalFilter = {}): Promise<JournalEntry[]> {
    const query = Object.entries(this.match(filter)).map(([name, value]) => [name, String(value ?? '')])
    const page = await this.control.call('get', '/journal', { query: Object.fromEntries(query) })
    return page.entries
  }

  /**
   * Expects the number of calls of an operation; at least one by default.
   *
   * @throws {AssertionError} It was not; the message names the nearest request and what differs.
   */
  async expect(
    operation: string,
    count: ExpectedCount = '>=1',
    { within, ...filter }: ExpectOptions = {},
  ): Promise<void> {
    const match = this.match({ ...filter, operation })
    const body = { match, count, after: 0, ...(within === undefined ? {} : { within }) }
    const reply = await this.control.call('post', '/journal/expect', { body })
    if (reply.met) return
    throw new AssertionError({
      message: reply.report?.trimEnd() ?? `${operation}: expected ${reply.expected}, got ${reply.matched}`,
      actual: reply.matched,
      expected: count,
      operator: 'journal.expect',
      stackStartFn: this.expect,
    })
  }

  /**
   * Expects that an operation was not called.
   *
   * @throws {AssertionError} It was.
   */
  expectNone(operation: string, filter: JournalFilter = {}): Promise<void> {
    return this.expect(operation, 0, filter)
  }

  private match(filter: JournalFilter): JournalFilter {
    return this.session === undefined ? filter : { ...filter, session: this.session }
  }
}
