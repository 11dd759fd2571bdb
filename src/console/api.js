// @ts-check
/** Calls of the control API, and its live events. */

/** @import { Entry, Input, MethodOf, Path, Reply, Schemas } from './types.js' */

import { el, field, notice, openDialog } from './dom.js'

/** The address of a call. A query is an object, or a list of pairs. @param {string} path @param {{ path?: object, query?: any }} [input] */
export function url(path, { path: segments = {}, query = {} } = {}) {
	const pairs = Array.isArray(query) ? query : Object.entries(query)
	const parameters = new URLSearchParams(pairs.filter(([, value]) => value != null && value !== ''))
	return `${path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(segments[name]))}?${parameters}`.replace(/\?$/, '')
}

/** The server rejects a call; it would reject it again. */
class ApiError extends Error {}

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
	const send = () => fetch(url(path, input), { method: method.toUpperCase(), ...(method === 'get' ? {} : write) })
	let response = await send()
	while (response.status === 401) {
		await (question ??= askForToken())
		response = await send()
	}
	const reply = await response.json()
	// A server that starts or stops responds with 503.
	const Failure = response.status < 500 ? ApiError : Error
	if (!response.ok && response.status !== input.accept) throw new Failure([reply.error, ...(reply.details ?? [])].join('\n'))
	return reply
}

/** The open question for the token, which all calls share. @type {Promise<void> | undefined} */
let question

/** Asks for the token of the control API and keeps it in a cookie, which the events send as well. */
function askForToken() {
	/** @type {Promise<void>} */
	const answer = new Promise((resolve, reject) => {
		const input = el('input', { name: 'token', type: 'password', autocomplete: 'off', required: true })
		const dialog = openDialog('Control token', field('The value of --control-token', input), 'Open', (values) => {
			const token = encodeURIComponent(String(values.get('token')))
			document.cookie = `idouble-control-token=${token}; path=/_idouble; samesite=strict`
			resolve()
		})
		dialog.addEventListener('close', () => reject(new ApiError('the server needs its control token')))
	})
	return answer.finally(() => { question = undefined })
}

/** All stores. @returns {Promise<Schemas['StoreList']>} */
export const listStores = async () => /** @type {any} */ (await call('get', '/_idouble/stores'))

/** Shows in the header how the page is connected. */
export function showConnection(text) {
	const element = document.querySelector('#connection')
	if (element) element.textContent = element.className = text
}

/** A page with live events. A hidden page has no connection: a browser has six for all pages of a server. */
export class LivePage extends HTMLElement {
	/** The query of the events. */
	query = {}
	/** @type {EventSource | undefined} */
	#source
	#retry
	isPaused = false
	#onVisibility = () => (document.hidden ? this.pause() : this.start())

	connectedCallback() {
		document.addEventListener('visibilitychange', this.#onVisibility)
		this.build()
	}

	disconnectedCallback() {
		document.removeEventListener('visibilitychange', this.#onVisibility)
		this.pause()
	}

	/** Creates the elements of the page. */
	build() {}
	/** Reads everything again. */
	async load() {}
	/** @param {Entry} _entry */
	onRequest(_entry) {}
	/** This number of requests was not sent. @param {number} _count */
	onLost(_count) {}
	/** Something changed: rules, stores, clock, snapshots or journal. @param {string} _kind */
	onChange(_kind) {}

	/** Loads the page, and receives events from then on. If it fails, tries again in a moment. */
	async start() {
		this.pause()
		try {
			await this.load()
		} catch (error) {
			if (!(error instanceof ApiError)) return this.retry()
			return notice(error.message, true)
		}
		this.pause()
		if (document.hidden || this.isPaused || !this.isConnected) return
		const source = new EventSource(url('/_idouble/events', this))
		this.#source = source
		source.onopen = () => showConnection('Live')
		source.onerror = () => this.retry()
		source.onmessage = ({ data }) => this.onRequest(JSON.parse(data))
		source.addEventListener('lost', ({ data }) => this.onLost(JSON.parse(data).count))
		for (const kind of ['rules', 'stores', 'clock', 'snapshots', 'journal']) source.addEventListener(kind, () => this.onChange(kind))
	}

	retry() {
		this.pause()
		showConnection('No connection')
		this.#retry = setTimeout(() => this.isConnected && this.start(), 1000)
	}

	pause() {
		clearTimeout(this.#retry)
		this.#source?.close()
	}
}
