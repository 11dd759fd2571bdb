// @ts-check
/** Calls of the control API, and its live events. */

/** @import { Input, MethodOf, Path, Reply, Schemas } from './types.js' */

/** The address of a call. @param {string} path @param {{ path?: object, query?: object }} [input] */
export function url(path, { path: segments = {}, query = {} } = {}) {
  const parameters = new URLSearchParams()
  for (const [name, values] of Object.entries(query)) {
    for (const value of [values].flat()) if (value != null && value !== '') parameters.append(name, value)
  }
  const filled = path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(segments[name]))
  return parameters.size > 0 ? `${filled}?${parameters}` : filled
}

/**
 * Makes a call and returns the JSON of its response.
 *
 * @template {Path} P
 * @template {MethodOf<P>} M
 * @param {M} method
 * @param {P} path
 * @param {Input<P, M> & { accept?: number }} [input] `accept` is a further status that is no error.
 * @returns {Promise<Reply<P, M>>}
 */
export async function call(method, path, input = {}) {
  const write = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(input.body ?? {}) }
  const request = fetch(url(path, input), { method: method.toUpperCase(), ...(method === 'get' ? {} : write) })
  const response = await request.catch(() => {
    throw new Error('The server does not respond')
  })
  const reply = await response.json()
  if (!response.ok && response.status !== input.accept) throw new Error([reply.error, ...(reply.details ?? [])].join('\n'))
  return reply
}

/** Shows in the header how the page is connected. */
export function showConnection(text) {
  const element = document.querySelector('#connection')
  if (element) element.textContent = element.className = text
}

/**
 * What a page does with events.
 *
 * @typedef {object} Handlers
 * @property {(entry: Schemas['JournalEntry']) => void} [request]
 * @property {(count: number) => void} [lost] So many requests were not sent.
 * @property {(kind: string) => void} [change] Names what to read again: rules, stores, clock, snapshots or journal.
 * @property {() => void} load Reads everything again and then calls `open`: events may have been missed.
 */

/** The live events of a page. A hidden page has no connection: a browser has six for all pages of a server. */
export class Events {
  /** @type {EventSource | undefined} */
  #source
  #retry
  #onVisibility = () => (document.hidden ? this.pause() : this.handlers.load())

  /** @param {Handlers} handlers */
  constructor(handlers) {
    this.handlers = handlers
    document.addEventListener('visibilitychange', this.#onVisibility)
  }

  open(query) {
    this.pause()
    if (document.hidden) return
    const { request, lost, change, load } = this.handlers
    const source = new EventSource(url('/_idouble/events', { query }))
    source.onopen = () => showConnection('Live')
    source.onmessage = ({ data }) => request?.(JSON.parse(data))
    source.addEventListener('lost', ({ data }) => lost?.(JSON.parse(data).count))
    for (const kind of ['rules', 'stores', 'clock', 'snapshots', 'journal']) source.addEventListener(kind, () => change?.(kind))
    source.onerror = () => this.retry()
    source.addEventListener('restarted', load)
    this.#source = source
  }

  /** Connects again in a moment. */
  retry() {
    this.pause()
    showConnection('No connection')
    this.#retry = setTimeout(this.handlers.load, 1000)
  }

  pause() {
    clearTimeout(this.#retry)
    this.#source?.close()
  }

  close() {
    this.pause()
    document.removeEventListener('visibilitychange', this.#onVisibility)
  }
}
