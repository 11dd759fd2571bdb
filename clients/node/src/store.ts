import { readFile } from 'node:fs/promises'

import type { components } from './api'
import type { Control } from './control'
import { Fault, type FaultEffect, type FaultOptions, type FaultSelector } from './fault'
import { Journal } from './journal'

type Schemas = components['schemas']

/** What a new store holds; nothing by default. */
export type StoreOptions =
  | { copy?: never; fixture?: never }
  /** A copy of this store. */
  | { copy: string; fixture?: never }
  /** The path of a fixture file, TOML or JSON, or a fixture. */
  | { copy?: never; fixture: string | NonNullable<Schemas['OneStore']> }

/** Configuration of a client of AWS's SDK. */
export interface AwsConfig {
  endpoint: string
  region: string
  credentials: { accessKeyId: string; secretAccessKey: string }
}

/** Configuration of a client of Huawei Cloud's SDK: endpoint, access key and secret key. */
export interface HuaweiConfig {
  endpoint: string
  ak: string
  sk: string
  projectId: string
}

/** An identity store of its own for one test, with an access key and fault rules of its own. */
export class Store {
  /** The requests that were signed with the access key of this store. */
  readonly journal: Journal
  private readonly faults: Fault[] = []

  private constructor(
    private readonly control: Control,
    /** The id of the store: `IdentityStoreId`. */
    readonly id: string,
    /** The access key id, which is also the name of the session. */
    readonly session: string,
    /** The secret of the access key, which only `--auth strict` checks. */
    private readonly secret: string,
  ) {
    this.journal = new Journal(control, session)
  }

  /** Creates a store and its session. `server.store` calls this. */
  static async create(control: Control, { copy, fixture }: StoreOptions): Promise<Store> {
    const body: Schemas['NewSession'] = {}
    if (copy !== undefined) body.copy = copy
    if (typeof fixture === 'string') {
      body.fixture = await readFile(fixture, 'utf8')
      body.fixture_name = fixture
    } else if (fixture !== undefined) {
      body.fixture = fixture
    }
    const session = await control.call('post', '/sessions', { body })
    return new Store(control, session.store, session.access_key, session.secret_key)
  }

  /** For clients of AWS's SDK: `new Identitystore(store.aws)`, or `{ ...store.aws, maxAttempts: 5 }`. */
  get aws(): AwsConfig {
    const credentials = { accessKeyId: this.session, secretAccessKey: this.secret }
    return { endpoint: this.control.url, region: 'us-east-1', credentials }
  }

  /** For Huawei Cloud's SDK: `withEndpoint(endpoint)`, `withAk(ak)`, `withSk(sk)`, `withProjectId(projectId)`. */
  get huawei(): HuaweiConfig {
    return { endpoint: this.control.url, ak: this.session, sk: this.secret, projectId: '0'.repeat(32) }
  }

  /** Adds a fault rule that hits only the requests of this store's access key. */
  async fault(on: FaultSelector, effect: FaultEffect, options: FaultOptions = {}): Promise<Fault> {
    const fault = await Fault.add(this.control, this.session, on, effect, options)
    this.faults.push(fault)
    return fault
  }

  /** Runs a function with a fault rule, then verifies and removes the rule. Returns what the function returns. */
  async withFault<T>(
    on: FaultSelector,
    effect: FaultEffect,
    options: FaultOptions,
    run: (fault: Fault) => Promise<T> | T,
  ): Promise<T> {
    const fault = await this.fault(on, effect, options)
    try {
      const result = await run(fault)
      await fault.verify()
      return result
    } finally {
      await fault.remove()
    }
  }

  /**
   * Checks every fault rule of this store that has an `expect` and was not removed.
   *
   * @throws {AssertionError} A rule did not hit as often as expected.
   */
  async verify(): Promise<void> {
    for (const fault of this.faults) await fault.verify()
  }

  /** Deletes the store, its session and its fault rules. */
  async delete(): Promise<void> {
    await this.control.call('delete', '/sessions/{id}', { id: this.session })
  }

  /** Verifies the fault rules and deletes the store. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.verify()
    } finally {
      await this.delete()
    }
  }
}
