// @ts-check
/** Fault rules: those in force, presets, and a form. */

/** @import { Schemas } from './types.js' */

import { call, LivePage } from './api.js'
import { attempt, copyable, el, fill, fillRows, number, openDialog, soon } from './dom.js'
import { closeLink, explain } from './entry.js'
import { link } from './route.js'
import { ruleForm, strip } from './rule.js'

class FaultsPage extends LivePage {
	#rows = el('div.cards')
	#presets = el('div.panels')
	#form = el('section.detail', { 'aria-label': 'New rule', hidden: true })
	#selected
	query = { rate: 2 }
	onRequest = soon(() => attempt(() => this.load()))
	onLost = this.onRequest
	onChange = this.onRequest

	build() {
		this.append(
			el('div.toolbar', {}, newRule(), el('span.grow'),
				el('button', { click: () => attempt(() => explain()) }, 'Why did a rule not fire?'), el('button', { click: removeAll }, 'Remove all')),
			el('div.split', {}, el('div.list', {}, this.#rows, el('h2', {}, 'Presets'), this.#presets), this.#form))
		this.start()
		attempt(async () => {
			const { presets } = await call('get', '/_idouble/presets')
			fill(this.#presets, presets.map(preset))
		})
	}

	/** @param {URLSearchParams} params */
	show(params) {
		this.#selected = params.get('sel')
		if (this.#form.hidden !== !params.has('edit')) attempt(() => this.#showForm(params.has('edit')))
		this.onRequest()
	}

	async load() {
		const { faults } = await call('get', '/_idouble/faults')
		fillRows(this.#rows, faults, 'id', card)
		for (const row of this.#rows.children) row.classList.toggle('selected', row.dataset.key === this.#selected)
		if (faults.length === 0) {
			fill(this.#rows, el('div.empty', {}, el('h2', {}, 'No fault rules'), 'A rule makes chosen requests fail, wait or get damaged responses.', newRule()))
		}
	}

	async #showForm(isShown) {
		this.#form.hidden = !isShown
		const body = el('div')
		fill(this.#form, el('header', {}, el('h2.grow', {}, 'New rule'), closeLink()), body)
		if (isShown) fill(body, await ruleForm())
	}
}

const newRule = () => el('a.button.primary', { href: link('faults', { edit: 'new' }) }, 'New rule')

/** @param {Schemas['RuleView']} rule */
function card(rule) {
	const { on, when, do: effect, for: life, matched, fired, draws, live, paused, expect, met } = rule
	const id = String(rule.id)
	const path = { id }
	const text = (part) => (typeof part === 'string' ? part : JSON.stringify(part).replaceAll(/["{}]/g, ''))
	const total = (title, value) => el('div', {}, el('dt', {}, title), el('dd', {}, value))
	const toggle = () => attempt(() => call('patch', '/_idouble/faults/{id}', { path, body: { paused: !paused } }))
	return el(paused || !live ? 'article.card.off' : 'article.card', {},
		el('input', { type: 'checkbox', role: 'switch', checked: !paused, 'aria-label': `${id} is on`, title: 'On or off; counters are kept', change: toggle }),
		el('div.grow', {},
			el('h2', {}, id, paused && el('span.badge', {}, 'off'), !live && el('span.badge', {}, 'over')),
			el('code', {}, `${text(effect)} on ${text(on)}`, when && when !== 'always' && ` when ${text(when)}`, life && ` for ${text(life)}`),
			draws ? strip(draws) : el('small', {}, 'No request has matched yet')),
		el('dl.totals', {}, total('Matched', number(matched)), total('Fired', number(fired)),
			expect != null && total('Expected', el(met ? 'span.good' : 'span.bad', {}, expect))),
		el('div.actions', {}, el('button.quiet', { click: () => attempt(() => explain(undefined, id)) }, 'Explain'),
			el('a.button.quiet', { href: link('requests', { fault: id }) }, 'Requests'),
			el('button.quiet', { click: () => attempt(() => call('delete', '/_idouble/faults/{id}', { path })), 'aria-label': `Remove ${id}` }, 'Remove')))
}

/** @param {Schemas['PresetView']} preset */
const preset = ({ name, description, toml }) => el('article.panel', {}, el('h3', {}, name), el('p.muted', {}, description),
	el('div.actions', {}, el('button', { 'aria-label': `Add ${name}`,
		click: () => attempt(() => call('post', '/_idouble/presets/{id}', { path: { id: name } }), `Added ${name}`) }, 'Add'),
	el('button.quiet', { 'aria-label': `Rules of ${name}`, click: () => openDialog(name, [copyable(toml, 'idouble.toml')]) }, 'Rules')))

const removeAll = () => openDialog('Remove all fault rules?', [el('p', {}, 'A rule that is switched off keeps its counters; a removed one is gone.')],
	'!Remove', () => call('delete', '/_idouble/faults'))

customElements.define('faults-page', FaultsPage)
