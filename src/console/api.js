// @ts-check
/** Calls of the control API, and its live events. */

/** @import { Entry, Schemas } from './types.js' */

import { attempt, el, field, notice, openDialog, soon } from './dom.js'
import { query } from './route.js'

export const url = (path, segments = {}, params = {}) =>
	`/_idouble${path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(segments[name]))}?${query(params)}`

/** The server would reject the call again. */
class ApiError extends Error {}

async function send(method, address, body) {
	const response = await fetch(address, { method, headers: { 'content-type': 'application/json' }, body })
	if (response.status === 401) {
		await (question ??= askForToken())
		return send(method, address, body)
	}
	const reply = await response.json()
	// An unmet expectation has status 409.
	if (response.ok || reply.met === false) return reply
	// A server that starts or stops responds with 503.
	throw new (response.status < 500 ? ApiError : Error)([reply.error, ...(reply.details ?? [])].join('\n'))
}

/** All calls wait for one dialog. */
let question

/** Asks for the control token and keeps it in a cookie, which the events send as well. */
const askForToken = () => new Promise((resolve, reject) => {
	const input = el('input', { type: 'password', required: true })
	const dialog = openDialog('Control token', field('The value of --control-token', input), 'Open', () => {
		document.cookie = `idouble-control-token=${encodeURIComponent(input.value)}; path=/_idouble; samesite=strict`
		resolve(undefined)
	})
	dialog.addEventListener('close', () => reject(new ApiError('the server needs its control token')))
}).finally(() => (question = undefined))

const write = (method) => (path, segments, body = {}) => send(method, url(path, segments), JSON.stringify(body))

/** @type {import('./types.js').Calls} */
export const { get, post, put, patch, remove } = {
	get: (path, segments, params) => send('GET', url(path, segments, params)),
	post: write('POST'),
	put: write('PUT'),
	patch: write('PATCH'),
	remove: write('DELETE'),
}

export const listStores = async () => /** @type {Schemas['StoreList']} */ (await get('/stores'))

export function showConnection(text) {
	const element = /** @type {Element} */ (document.querySelector('#connection'))
	element.textContent = element.className = text
}

/** A page with live events. A hidden page has no connection: a browser has six for all pages of a server. */
export class LivePage extends HTMLElement {
	/** The query of the events. */
	query = /** @type {object} */ ({ rate: 1 })
	isPaused = false
	/** @type {EventSource | undefined} */
	#source
	#retry
	#reload = soon(() => attempt(() => this.load()))
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
	/** Rules, stores, clock, snapshots or journal changed. @param {string} [_kind] */
	onChange(_kind) {
		this.#reload()
	}
	/** @param {Entry} _entry */
	onRequest(_entry) {
		this.#reload()
	}
	/** This number of requests was not sent. @param {number} _count */
	onLost(_count) {
		this.#reload()
	}

	/** Loads the page and receives events from then on. */
	async start() {
		this.pause()
		try {
			await this.load()
		} catch (error) {
			return error instanceof ApiError ? notice(error.message, true) : this.retry()
		}
		this.pause()
		if (document.hidden || this.isPaused || !this.isConnected) return
		const source = new EventSource(url('/events', {}, this.query))
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
