// @ts-check
/** The clock, snapshots and resets. */

import { call, listStores, LivePage } from './api.js'
import { attempt, dateTime, el, fill, openDialog, select, soon, table } from './dom.js'

class StatePage extends LivePage {
	#time = el('time.big')
	#mode = el('span.badge')
	#freeze = el('button', { click: () => setClock({ freeze: !this.#isFrozen }) })
	#set = el('input', { type: 'datetime-local', step: 1, 'aria-label': 'Time in UTC', required: true })
	#snapshots = el('div')
	#name = el('input', { placeholder: 'Name', 'aria-label': 'Name of the snapshot', required: true })
	#store = select({ 'aria-label': 'Store' }, [])
	#isFrozen = false
	/** The clock's time less the browser's, in ms. */
	#offset = 0
	#tick
	query = { rate: 1 }
	onChange = soon(() => attempt(() => this.load()), 50)

	build() {
		const form = (input, label, action) => el('form.actions', {
			submit: (event) => {
				event.preventDefault()
				action()
			},
		}, input, el('button', {}, label))
		const advance = (by) => el('button', { click: () => setClock({ advance: by }) }, `+${by}`)
		const take = () => attempt(() => call('put', '/_idouble/snapshots/{id}', { path: { id: this.#name.value } }), 'Taken')
		this.append(el('div.panels', {},
			el('section.panel', {}, el('h2', {}, 'Clock', this.#mode), this.#time,
				el('div.actions', {}, this.#freeze, ['5m', '1h', '1d'].map(advance)),
				form(this.#set, 'Set (UTC)', () => setClock({ set: `${this.#set.value}Z`, freeze: this.#isFrozen }))),
			el('section.panel', {}, el('h2', {}, 'Snapshots'), el('p.muted', {}, 'A snapshot holds all stores, and survives a reset.'), this.#snapshots,
				form(this.#name, 'Take a snapshot', take)),
			el('section.panel', {}, el('h2', {}, 'Reset'), el('p.muted', {}, 'Back to the start: stores, clock, fault rules, ids and requests.'),
				el('div.actions', {}, el('button.danger', { click: () => reset({}) }, 'Reset everything')),
				form(this.#store, 'Reset this store only', () => reset({ store: this.#store.value })))))
		this.#tick = setInterval(() => this.#showTime(), 1000)
		this.start()
	}

	disconnectedCallback() {
		super.disconnectedCallback()
		clearInterval(this.#tick)
	}

	show() {}

	async load() {
		const [clock, { snapshots }, { stores }] = await Promise.all([
			call('get', '/_idouble/clock'), call('get', '/_idouble/snapshots'), listStores()])
		this.#isFrozen = clock.frozen
		this.#offset = Date.parse(clock.now) - Date.now()
		this.#time.dataset.frozen = clock.frozen ? clock.now : ''
		this.#showTime()
		fill(this.#mode, clock.frozen ? 'frozen' : 'running')
		fill(this.#freeze, clock.frozen ? 'Run' : 'Freeze')
		fill(this.#store, stores.map(({ id }) => el('option', {}, id)))
		fill(this.#snapshots, snapshots.length > 0 && table(['Name', 'Stores', 'Actions'], snapshots.map(snapshot)))
	}

	#showTime() {
		const time = this.#time.dataset.frozen || new Date(Date.now() + this.#offset).toISOString()
		this.#time.title = dateTime(time)
		this.#time.textContent = `${time.slice(0, 19).replace('T', ' ')} UTC`
		this.#set.value ||= time.slice(0, 19)
	}
}

const setClock = (body) => attempt(() => call('put', '/_idouble/clock', { body }))

/** A row of the table. */
function snapshot({ name, stores }) {
	const path = { id: name }
	return [name, stores.join(', '), el('div.actions', {},
		el('button', { click: () => attempt(() => call('post', '/_idouble/snapshots/{id}/restore', { path }), 'Restored') }, 'Restore'),
		el('button.quiet', { 'aria-label': `Delete ${name}`, click: () => attempt(() => call('delete', '/_idouble/snapshots/{id}', { path })) }, 'Delete'))]
}

const reset = (body) => openDialog(`Reset ${body.store ?? 'everything'}?`, [el('p', {}, 'All changes since the start are lost.')],
	'!Reset', () => call('post', '/_idouble/reset', { body }))

customElements.define('state-page', StatePage)
