// @ts-check
/** Calls of the control API, and its live events. */

/** @import { Schemas } from './types.js' */

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

/** Requests, how many were not sent, and changes. */
const EVENTS = ['message', 'lost', 'rules', 'stores', 'clock', 'snapshots', 'journal']

/** A page with live events. A hidden page has no connection: a browser has six for all pages of a server. */
export class LivePage extends HTMLElement {
	/** The query of the events. */
	query = /** @type {object} */ ({ rate: 1 })
	isPaused = false
	/** @type {EventSource | undefined} */
	#source
	#timer
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
	/** @param {object} _params */
	show(_params) {
		this.start()
	}
	/** Reads everything again. */
	async load() {}
	/** @param {string} _kind One of `EVENTS`. @param {any} _data */
	onEvent(_kind, _data) {
		this.#reload()
	}

	/** Receives events, and loads the page when they can arrive, so that no change is missed. */
	start() {
		this.pause()
		if (document.hidden || !this.isConnected) return
		if (this.isPaused) return this.#load(true)
		const source = new EventSource(url('/events', {}, this.query))
		this.#source = source
		source.onopen = () => {
			showConnection('Live')
			this.#load(true)
		}
		source.onerror = () => {
			source.close()
			this.#load(false)
		}
		for (const kind of EVENTS) source.addEventListener(kind, ({ data }) => this.onEvent(kind, JSON.parse(data)))
	}

	/** Loads the page, which says why events were rejected, or asks for the token. Then retries. */
	async #load(isLive) {
		const source = this.#source
		try {
			await this.load()
			if (isLive) return
		} catch (error) {
			if (error instanceof ApiError) return notice(error.message, true)
		}
		if (source !== this.#source) return
		this.pause()
		showConnection('No connection')
		this.#timer = setTimeout(() => this.start(), 1000)
	}

	pause() {
		clearTimeout(this.#timer)
		this.#source?.close()
		this.#source = undefined
	}
}
