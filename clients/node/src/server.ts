import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'

import { findBinary } from './binary'
import { Control } from './control'
import { Journal } from './journal'
import { Store, type StoreOptions } from './store'

/** One value of a flag of `idouble serve`, or several of a flag that can be repeated. */
export type FlagValue = string | number | boolean | readonly string[]

/**
 * Options of `Server.start`. Each key is a flag of `idouble serve` in camel case; `idouble serve --help`
 * describes them.
 */
export interface ServerOptions {
  /** The executable instead of the installed one. */
  binary?: string
  fixture?: string | readonly string[]
  fault?: string | readonly string[]
  preset?: string | readonly string[]
  config?: string
  seed?: number
  clock?: true | string
  names?: 'exact' | 'ignore-case'
  unknownStore?: string
  quotaUsers?: number
  quotaGroups?: number
  awsModel?: number
  awsFilters?: 'accept' | 'refuse'
  log?: string
  /** Any other flag. */
  [flag: string]: FlagValue | undefined
}

type ServerProcess = ChildProcessByStdio<Writable, Readable, Readable>

/** An idouble server. It ends with `stop`, and with this process however that ends. */
export class Server {
  /** The control API. */
  readonly control: Control
  /** The requests of all sessions. */
  readonly journal: Journal

  private constructor(
    /** The URL of the server, without a slash at the end. */
    readonly url: string,
    private readonly process?: ServerProcess,
  ) {
    this.control = new Control(url)
    this.journal = new Journal(this.control)
  }

  /**
   * Starts a server on a free port and waits until it is ready.
   *
   * @throws {Error} The server ends before it is ready; the message is what it printed.
   */
  static async start(options: ServerOptions = {}): Promise<Server> {
    const { binary = findBinary(), ...flags } = options
    const args = ['serve', '--port=0', '--ready-json', '--exit-with-stdin', ...flagArguments(flags)]
    const child = spawn(binary, args, { stdio: ['pipe', 'pipe', 'pipe'] })
    const url = await readyUrl(child)
    // A server that is not stopped does not keep this process alive.
    child.unref()
    for (const stream of [child.stdin, child.stdout, child.stderr]) {
      ;(stream as unknown as { unref(): void }).unref()
    }
    return new Server(url, child)
  }

  /** Uses a server that runs already. `stop` leaves it running. */
  static connect(url: string): Server {
    return new Server(url.replace(/\/$/, ''))
  }

  /** Creates a store of its own for one test, with a session of its own. */
  store(options: StoreOptions = {}): Promise<Store> {
    return Store.create(this.control, options)
  }

  /** Advances the clock of the server by a time such as `5m`. */
  async advanceClock(time: string): Promise<void> {
    await this.control.call('put', '/clock', { body: { advance: time } })
  }

  /** Ends the server that `start` started. */
  async stop(): Promise<void> {
    const child = this.process
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    child.ref()
    const ended = once(child, 'exit')
    child.stdin.end()
    await ended
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }
}

/** The URL of the ready line. What the server logs later goes to the standard error stream. */
async function readyUrl(child: ServerProcess): Promise<string> {
  let printed = ''
  const collect = (chunk: string) => {
    printed += chunk
  }
  child.stderr.setEncoding('utf8').on('data', collect)
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve)
    child.once('error', reject)
    child.once('close', (code) => {
      reject(new Error(printed.trim() || `idouble ended with exit code ${code} before it was ready`))
    })
  })
  child.stderr.off('data', collect).pipe(process.stderr, { end: false })
  process.stderr.write(printed)
  return (JSON.parse(line) as { url: string }).url
}

function flagArguments(flags: Record<string, FlagValue | undefined>): string[] {
  return Object.entries(flags).flatMap(([key, value]) => {
    if (value === undefined) return []
    const flag = `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
    if (value === true) return [flag]
    const values = Array.isArray(value) ? value : [value]
    return values.map((one) => `${flag}=${one}`)
  })
}
