// @ts-check
/** The clock, snapshots and resets. */

import { get, listStores, LivePage, post, put, remove } from './api.js'
import { attempt, button, confirmDialog, el, fill, fillRows, inlineForm, panel, select, table } from './dom.js'

class StatePage extends LivePage {
	#time = el('time.big')
	#mode = el('span.badge')
	#freeze = button('Freeze', () => setClock({ freeze: !this.#isFrozen }))
	#set = el('input', { type: 'datetime-local', step: 1, 'aria-label': 'Time in UTC', required: true })
	#snapshots = el('div')
	#name = el('input', { placeholder: 'Name', 'aria-label': 'Name of the snapshot', required: true })
	#store = select({ 'aria-label': 'Store' }, [])
	#isFrozen = false
	/** The clock's time less the browser's, in ms. */
	#offset = 0
	#tick

	build() {
		const advance = (by) => button(`+${by}`, () => setClock({ advance: by }))
		const take = () => attempt(() => put('/snapshots/{id}', { id: this.#name.value }), 'Taken')
		this.append(el('div.panels',
			panel(['Clock', this.#mode], this.#time,
				el('div.actions', this.#freeze, ['5m', '1h', '1d'].map(advance)),
				inlineForm(this.#set, 'Set (UTC)', () => setClock({ set: `${this.#set.value}Z`, freeze: this.#isFrozen }))),
			panel('Snapshots', el('p.muted', 'A snapshot holds all stores, and survives a reset.'), this.#snapshots,
				inlineForm(this.#name, 'Take a snapshot', take)),
			panel('Reset', el('p.muted', 'Back to the start: stores, clock, fault rules, ids and requests.'),
				el('div.actions', button('Reset everything', () => reset({}), { class: 'danger' })),
				inlineForm(this.#store, 'Reset this store only', () => reset({ store: this.#store.value })))))
		this.#tick = setInterval(() => this.#showTime(), 1000)
	}

	disconnectedCallback() {
		super.disconnectedCallback()
		clearInterval(this.#tick)
	}

	async load() {
		const [clock, { snapshots }, { stores }] = await Promise.all([
			get('/clock'), get('/snapshots'), listStores()])
		this.#isFrozen = clock.frozen
		this.#offset = Date.parse(clock.now) - Date.now()
		this.#time.dataset.frozen = clock.frozen ? clock.now : ''
		this.#showTime()
		fill(this.#mode, clock.frozen ? 'frozen' : 'running')
		fill(this.#freeze, clock.frozen ? 'Run' : 'Freeze')
		fillRows(this.#store, stores, 'id', ({ id }) => el('option', id))
		fill(this.#snapshots, snapshots.length > 0 && table(['Name', 'Stores', 'Actions'], snapshots.map(snapshot)))
	}

	#showTime() {
		const time = this.#time.dataset.frozen || new Date(Date.now() + this.#offset).toISOString()
		this.#time.textContent = `${time.slice(0, 19).replace('T', ' ')} UTC`
		this.#set.value ||= time.slice(0, 19)
	}
}

const setClock = (body) => attempt(() => put('/clock', {}, body))

function snapshot({ name, stores }) {
	const path = { id: name }
	return [name, stores.join(', '), el('div.actions',
		button('Restore', () => attempt(() => post('/snapshots/{id}/restore', path), 'Restored')),
		button('Delete', () => attempt(() => remove('/snapshots/{id}', path)), { 'aria-label': `Delete ${name}` }))]
}

const reset = (body) => confirmDialog(`Reset ${body.store ?? 'everything'}?`, 'All changes since the start are lost.', 'Reset', () => post('/reset', {}, body))

customElements.define('state-page', StatePage)
