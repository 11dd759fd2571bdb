// @ts-check
/** The requests: live, newest first. */

/** @import { Entry } from './types.js' */

import { get, LivePage, remove, showConnection, url } from './api.js'
import { button, clockTime, code, confirmDialog, count, dateTime, duration, el, fill, fillRows, head, linkButton, linkRows, select, soon } from './dom.js'
import { closeLink, cloud, details, expect, failure, FIELDS, filterText, operationName, parseFilter, status, subject } from './entry.js'
import { go, link, linkWith } from './route.js'

const ROWS = 500
/** Requests a second. The rest is counted. */
const RATE = 30

class RequestsPage extends LivePage {
	/** Newest first. @type {Entry[]} */
	#entries = []
	#lost = 0
	#filter
	#selected

	#input = el('input', {
		type: 'search', placeholder: 'Filter, such as status=4xx operation=UpdateUser', 'aria-label': 'Filter',
		title: FIELDS,
		input: soon(() => go(link('requests', { ...parseFilter(this.#input.value), sel: this.#selected }), true)),
	})
	#cloud = choice('dialect', 'Cloud', [['', 'All clouds'], ['aws', 'AWS'], ['huawei', 'Huawei'], ['scim', 'SCIM']])
	#status = choice('status', 'Status', [['', 'Any status'], ['2xx'], ['4xx'], ['5xx']])
	#pause = button('Pause', () => this.#togglePause())
	#export = linkButton('Export', '', { download: 'requests.json' })
	#note = el('p.note', { role: 'status' })
	#rows = el('tbody')
	#empty = el('div.empty')
	#detail = el('aside.detail', { 'aria-label': 'Request', hidden: true })
	#renderSoon = soon(() => this.#render())

	build() {
		this.append(
			el('div.toolbar', this.#input, this.#cloud, this.#status, el('span.grow'), this.#pause,
				button('Expect', () => expect(parseFilter(this.#filter))), this.#export, button('Clear', clear)),
			el('div.split',
				el('div.list', this.#note,
					el('table.rows', head(['Time', 'Cloud', 'Operation', 'User or group', 'Session', 'Status', 'Error or fault', 'Duration']), this.#rows),
					this.#empty),
				this.#detail))
	}

	show({ sel = null, ...conditions }) {
		const filter = filterText(conditions)
		if (document.activeElement !== this.#input) this.#input.value = filter
		this.#cloud.value = conditions.dialect ?? ''
		this.#status.value = conditions.status ?? ''
		if (filter !== this.#filter) {
			this.#filter = filter
			this.#export.href = url('/journal', {}, this.#query({ limit: 1000 }))
			this.query = this.#query({ rate: RATE })
			this.start()
		}
		if (sel !== this.#selected) {
			this.#selected = sel
			this.#showDetail()
		}
		this.#render()
	}

	#query = (more) => ({ ...parseFilter(this.#filter), ...more })

	async load() {
		this.#entries = []
		const list = this.#entries
		const { entries } = await get('/journal', {}, this.#query({ limit: ROWS }))
		// Newer ones may have arrived meanwhile.
		const oldest = list.at(-1)?.seq ?? Infinity
		list.push(...entries.filter(({ seq }) => seq < oldest))
		this.#lost = 0
		this.#render()
	}

	onEvent(kind, data) {
		if (kind === 'journal') this.start()
		else if (kind === 'lost') this.#lost += data.count
		else if (kind === 'message' && !(data.seq <= this.#entries[0]?.seq)) {
			this.#entries.unshift(data)
			this.#entries.length = Math.min(this.#entries.length, ROWS)
		}
		this.#renderSoon()
	}

	#togglePause() {
		this.isPaused = !this.isPaused
		this.#pause.textContent = this.isPaused ? 'Resume' : 'Pause'
		if (!this.isPaused) return this.start()
		this.pause()
		showConnection('Paused')
	}

	#render() {
		fillRows(this.#rows, this.#entries, 'seq', row)
		linkRows(this.#rows, this.#selected, (sel) => linkWith({ sel }))
		this.#note.hidden = this.#lost === 0
		this.#note.textContent = `Only a sample is shown: ${count(this.#lost, 'request')} left out.`
		this.#empty.hidden = this.#entries.length > 0
		if (!this.#empty.hidden) fill(this.#empty, this.#filter ? noMatch() : firstSteps())
	}

	async #showDetail() {
		const seq = this.#selected
		this.#detail.hidden = seq === null
		if (seq === null) return
		try {
			const detail = await get('/journal/{id}', { id: seq })
			if (seq !== this.#selected) return
			const { entry } = detail
			fill(this.#detail, el('header', el('h2', operationName(entry)), cloud(entry.dialect), status(entry.status), el('span.grow'), closeLink()),
				details(detail))
		} catch (error) {
			fill(this.#detail, failure(error))
		}
		this.#detail.scrollTop = 0
	}
}

const choice = (name, label, options) => select({ 'aria-label': label, change: ({ target }) => go(linkWith({ [name]: target.value })) }, options)

/** @param {Entry} entry */
const row = (entry) => el('tr',
	el('td.muted', el('time', { title: dateTime(entry.time) }, clockTime(entry.time))),
	el('td', cloud(entry.dialect)),
	el('td', el('a', { 'data-row': true }, operationName(entry))),
	el('td', subject(entry)),
	el('td.muted', entry.session),
	el('td', status(entry.status)),
	el('td', entry.fault && el('span.badge', entry.fault), ' ', entry.error ?? entry.kind),
	el('td', duration(entry.duration_us)))

const noMatch = () => [el('p', 'No request matches the filter.'), linkButton('Show all', '#requests')]

const firstSteps = () => [
	el('h2', 'Waiting for requests'),
	el('p', 'Point an SDK at this server, and its calls appear here as they are made.'),
	code(`eval "$(idouble env --port ${location.port})"\naws identitystore list-users --identity-store-id d-1234567890`),
	el('a', { href: '#about' }, 'Lines for each SDK'),
]

const clear = () => confirmDialog('Clear all requests?', 'For every client. The directory stays as it is.', 'Clear', () => remove('/journal'))

customElements.define('requests-page', RequestsPage)
