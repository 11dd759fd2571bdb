// @ts-check
/** The requests: live, newest first. */

/** @import { Entry } from './types.js' */

import { call, LivePage, showConnection, url } from './api.js'
import { clockTime, count, dateTime, duration, el, fill, fillRows, openDialog, select, soon } from './dom.js'
import { closeLink, cloud, details, expect, FIELDS, filterText, operationName, parseFilter, status, subject } from './entry.js'
import { address, go, link, linkWith } from './route.js'

/** Rows that are shown, unless the user asks for more. */
const ROWS = 200
/** The greatest number of entries in a response. */
const ROWS_MAX = 1000
/** Requests that arrive in a second. The rest is counted. */
const RATE = 30

class RequestsPage extends LivePage {
	/** Newest first. @type {Entry[]} */
	#entries = []
	#limit = ROWS
	#lost = 0
	/** @type {string | undefined} */
	#filter
	#selected

	#input = el('input', {
		type: 'search', placeholder: 'Filter, such as status=4xx operation=UpdateUser', 'aria-label': 'Filter', spellcheck: 'false',
		title: `${FIELDS}. A word alone is a part of the request.`, input: soon(() => this.#applyInput()),
	})
	#cloud = select({ 'aria-label': 'Cloud', change: () => go(linkWith({ dialect: this.#cloud.value })) },
		[['', 'All clouds'], ['aws', 'AWS'], ['huawei', 'Huawei'], ['scim', 'SCIM']])
	#status = select({ 'aria-label': 'Status', change: () => go(linkWith({ status: this.#status.value })) },
		[['', 'Any status'], ['2xx', '2xx'], ['4xx', '4xx'], ['5xx', '5xx']])
	#pause = el('button', { click: () => this.#togglePause() }, 'Pause')
	#export = el('a.button', { download: 'requests.json' }, 'Export')
	#note = el('p.note', { role: 'status' })
	#rows = el('tbody')
	#older = el('button', { click: () => this.#loadMore() }, 'More requests')
	#empty = el('div.empty')
	#detail = el('aside.detail', { 'aria-label': 'Request', hidden: true })

	#renderSoon = soon(() => this.#render(), 100)

	build() {
		const titles = ['Time', 'Cloud', 'Operation', 'User or group', 'Session', 'Status', 'Error or fault', 'Duration']
		this.append(
			el('div.toolbar', {}, this.#input, this.#cloud, this.#status, el('span.grow'), this.#pause,
				el('button', { click: () => expect(parseFilter(this.#filter ?? '')) }, 'Expect'), this.#export, el('button', { click: clear }, 'Clear')),
			el('div.split', {},
				el('div.list', {}, this.#note,
					el('table.rows', {}, el('thead', {}, el('tr', {}, titles.map((title) => el('th', { scope: 'col' }, title)))), this.#rows),
					this.#empty, el('div.pages', {}, this.#older)),
				this.#detail))
	}

	/** @param {URLSearchParams} params */
	show(params) {
		const filter = filterText([...params].filter(([name]) => name !== 'sel'))
		if (document.activeElement !== this.#input) this.#input.value = filter
		this.#cloud.value = params.get('dialect') ?? ''
		this.#status.value = params.get('status') ?? ''
		if (filter !== this.#filter) {
			this.#filter = filter
			this.#export.href = url('/_idouble/journal', { query: this.#query({ limit: ROWS_MAX }) })
			this.start()
		}
		if (params.get('sel') !== this.#selected) {
			this.#selected = params.get('sel')
			this.#showDetail()
		}
		this.#render()
	}

	#loadMore() {
		this.#limit = ROWS_MAX
		this.start()
	}

	#applyInput() {
		const params = new URLSearchParams(parseFilter(this.#input.value))
		if (this.#selected) params.set('sel', this.#selected)
		go(address('requests', params), true)
	}

	/** The conditions of the filter, and more parameters. */
	#query(more) {
		return [...parseFilter(this.#filter ?? ''), .../** @type {any} */ (Object.entries(more))]
	}

	async load() {
		const filter = this.#filter
		const { entries } = await call('get', '/_idouble/journal', { query: this.#query({ limit: this.#limit }) })
		if (filter !== this.#filter) return this.load()
		this.#entries = entries.map(summary)
		this.#lost = 0
		this.query = this.#query({ rate: RATE, after: entries[0]?.seq ?? 0 })
		this.#render()
	}

	/** @param {Entry} entry */
	onRequest(entry) {
		this.#entries.unshift(summary(entry))
		this.#entries.length = Math.min(this.#entries.length, this.#limit)
		this.#renderSoon()
	}

	onLost(count) {
		this.#lost += count
		this.#renderSoon()
	}

	onChange(kind) {
		if (kind === 'journal') this.start()
	}

	#togglePause() {
		this.isPaused = !this.isPaused
		this.#pause.textContent = this.isPaused ? 'Resume' : 'Pause'
		if (!this.isPaused) this.start()
		else {
			this.pause()
			showConnection('Paused')
		}
	}

	#render() {
		fillRows(this.#rows, this.#entries, 'seq', row)
		for (const anchor of this.#rows.querySelectorAll('a')) {
			const seq = anchor.closest('tr').dataset.key
			anchor.href = linkWith({ sel: seq })
			anchor.setAttribute('aria-current', seq === this.#selected)
		}
		this.#note.hidden = this.#lost === 0
		this.#note.textContent = `Only a sample is shown: ${count(this.#lost, 'request')} left out. Pause and resume to see them.`
		this.#older.hidden = this.#entries.length !== ROWS
		this.#empty.hidden = this.#entries.length > 0
		if (!this.#empty.hidden) fill(this.#empty, this.#filter ? noMatch() : firstSteps())
	}

	async #showDetail() {
		const seq = this.#selected
		this.#detail.hidden = seq === null
		if (seq === null) return
		try {
			const detail = await call('get', '/_idouble/journal/{id}', { path: { id: seq } })
			if (seq !== this.#selected) return
			const { entry } = detail
			fill(this.#detail, el('header', {}, el('h2', {}, operationName(entry)), cloud(entry.dialect), status(entry.status), el('span.grow'), closeLink()),
				details(detail))
		} catch (error) {
			fill(this.#detail, el('header', {}, el('p.error.grow', {}, error.message), closeLink()))
		}
		this.#detail.scrollTop = 0
	}
}

/** An entry without its bodies, which the list does not show. @param {Entry} entry @returns {Entry} */
const summary = (entry) => ({ ...entry, request: null, response: null })

/** @param {Entry} entry */
const row = (entry) => el('tr', {},
	el('td.muted', {}, el('time', { title: dateTime(entry.time) }, clockTime(entry.time))),
	el('td', {}, cloud(entry.dialect)),
	el('td.name', {}, el('a', { 'data-row': true }, operationName(entry))),
	el('td.subject', {}, subject(entry)),
	el('td.muted.session', {}, entry.session),
	el('td', {}, status(entry.status)),
	el('td.outcome', {}, entry.fault && el('span.badge', { title: 'A fault rule fired' }, entry.fault), ' ', entry.error ?? entry.kind),
	el('td.number', {}, duration(entry.duration_us)))

const noMatch = () => [el('p', {}, 'No request matches the filter.'), el('a.button', { href: '#requests' }, 'Show all')]

const firstSteps = () => [
	el('h2', {}, 'Waiting for requests'),
	el('p', {}, 'Point an SDK at this server, and its calls appear here as they are made.'),
	el('pre.code', { tabindex: 0 }, `eval "$(idouble env --port ${location.port})"\naws identitystore list-users --identity-store-id d-1234567890`),
	el('a', { href: link('about') }, 'Lines for each SDK'),
]

const clear = () => openDialog('Clear all requests?', [el('p', {}, 'The journal is emptied for every client. The directory stays as it is.')],
	'!Clear', () => call('delete', '/_idouble/journal'))

customElements.define('requests-page', RequestsPage)
