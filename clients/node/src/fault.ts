import { AssertionError } from 'node:assert'

import type { components } from './api'
import type { Control } from './control'

type Schemas = components['schemas']

/** A fault rule with its counters. */
export type FaultRule = Schemas['RuleView']
/** Which requests a rule is about: an operation such as `aws:UpdateUser` or `*:Delete*`, or a selector. */
export type FaultSelector = string | Schemas['Selector']
/** What happens to a request: `throttle`, `commit+reset`, or an effect such as `{ delay: '20ms' }`. */
export type FaultEffect = Schemas['Rule']['do']

/** The other parts of a fault rule. */
export interface FaultOptions {
  /** Which of the matching requests are hit; all of them if not set. */
  when?: NonNullable<Schemas['Rule']['when']>
  /** How long the rule lives. */
  for?: NonNullable<Schemas['Rule']['for']>
  /** How often the rule must hit: `2`, `'>=1'` or `'2..4'`. */
  expect?: number | string
  /** The name of the rule. */
  id?: string
}

/** A fault rule of one session. `await using` removes it at the end of the block and verifies it. */
export class Fault {
  private isRemoved = false

  private constructor(
    private readonly control: Control,
    /** The name of the rule. */
    readonly id: string,
    private readonly expected: number | string | undefined,
  ) {}

  /** Adds a rule about the requests of a session. */
  static async add(
    control: Control,
    session: string,
    on: FaultSelector,
    effect: FaultEffect,
    options: FaultOptions,
  ): Promise<Fault> {
    const selector = typeof on === 'string' ? { op: on } : on
    const rule = { ...options, on: { ...selector, session }, do: effect } as Schemas['Rule']
    const { ids } = await control.call('post', '/faults', { body: rule })
    return new Fault(control, ids[0] as string, options.expect)
  }

  /** The rule with its counters. */
  rule(): Promise<FaultRule> {
    return this.control.call('get', '/faults/{id}', { id: this.id })
  }

  /** The number of requests that the rule hit. */
  async fired(): Promise<number> {
    return (await this.rule()).fired
  }

  /**
   * Checks that the rule hit as often as `expect` says. A rule without `expect` passes.
   *
   * @throws {AssertionError} It did not.
   */
  async verify(): Promise<void> {
    if (this.expected === undefined || this.isRemoved) return
    const rule = await this.rule()
    if (rule.met) return
    throw new AssertionError({
      message: `fault ${this.id} hit ${rule.fired} of ${rule.matched} matching requests; expected ${this.expected}`,
      actual: rule.fired,
      expected: this.expected,
      operator: 'fault.verify',
      stackStartFn: this.verify,
    })
  }

  /** Removes the rule. */
  async remove(): Promise<void> {
    if (this.isRemoved) return
    this.isRemoved = true
    await this.control.call('delete', '/faults/{id}', { id: this.id })
  }

  /**
   * Verifies and removes the rule. If the block threw too, JavaScript reports both errors as a
   * `SuppressedError`; `store.withFault` reports the error of the block alone.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.verify()
    } finally {
      await this.remove()
    }
  }
}
