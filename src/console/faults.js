// @ts-check
/** Fault rules: those in force, presets, and a form. */

/** @import { Schemas } from './types.js' */

import { get, LivePage, patch, post, remove } from './api.js'
import { attempt, button, confirmDialog, copyable, el, fill, fillRows, linkButton, number, openDialog } from './dom.js'
import { closeLink, explain } from './entry.js'
import { link } from './route.js'
import { ruleForm, strip } from './rule.js'

class FaultsPage extends LivePage {
	#rows = el('div.cards')
	#presets = el('div.panels')
	#form = el('section.detail', { 'aria-label': 'New rule', hidden: true })
	#selected

	build() {
		this.append(
			el('div.toolbar', newRule(), el('span.grow'), button('Remove all', removeAll)),
			el('div.split', el('div.list', this.#rows, el('h2', 'Presets'), this.#presets), this.#form))
		attempt(async () => {
			const { presets } = await get('/presets')
			fill(this.#presets, presets.map(preset))
		})
	}

	show({ sel, edit }) {
		this.#selected = sel
		if (this.#form.hidden === Boolean(edit)) attempt(() => this.#showForm(Boolean(edit)))
		this.start()
	}

	async load() {
		const { faults } = await get('/faults')
		fillRows(this.#rows, faults, 'id', card)
		for (const row of this.#rows.children) row.classList.toggle('selected', row.dataset.key === this.#selected)
		if (faults.length === 0) {
			fill(this.#rows, el('div.empty', el('h2', 'No fault rules'), 'A rule makes chosen requests fail, wait or get damaged responses.', newRule()))
		}
	}

	async #showForm(isShown) {
		this.#form.hidden = !isShown
		const body = el('div')
		fill(this.#form, el('header', el('h2.grow', 'New rule'), closeLink()), body)
		if (isShown) fill(body, await ruleForm())
	}
}

const newRule = () => linkButton('New rule', '#faults?edit=new', { class: 'button primary' })

/** @param {Schemas['RuleView']} rule */
function card(rule) {
	const { on, when, do: effect, for: life, matched, fired, draws, live, paused, expect, met } = rule
	const id = String(rule.id)
	const path = { id }
	const text = (part) => (typeof part === 'string' ? part : JSON.stringify(part).replaceAll(/["{}]/g, ''))
	const total = (title, value) => el('div', el('dt', title), el('dd', value))
	const toggle = () => attempt(() => patch('/faults/{id}', path, { paused: !paused }))
	return el(paused || !live ? 'article.card.off' : 'article.card',
		el('input', { type: 'checkbox', role: 'switch', checked: !paused, 'aria-label': `${id} is on`, change: toggle }),
		el('div.grow',
			el('h2', id, paused && el('span.badge', 'off'), !live && el('span.badge', 'over')),
			el('code', `${text(effect)} on ${text(on)}`, when && when !== 'always' && ` when ${text(when)}`, life && ` for ${text(life)}`),
			draws ? strip(draws) : el('small', 'No request has matched yet')),
		el('dl.totals', total('Matched', number(matched)), total('Fired', number(fired)),
			expect != null && total('Expected', el(met ? 'span.good' : 'span.bad', expect))),
		el('div.actions', button('Explain', () => attempt(() => explain(undefined, id))),
			linkButton('Requests', link('requests', { fault: id })),
			button('Remove', () => attempt(() => remove('/faults/{id}', path)), { 'aria-label': `Remove ${id}` })))
}

/** @param {Schemas['PresetView']} preset */
const preset = ({ name, description, toml }) => el('article.panel', el('h3', name), el('p.muted', description), el('div.actions',
	button('Add', () => attempt(() => post('/presets/{id}', { id: name }), `Added ${name}`), { 'aria-label': `Add ${name}` }),
	button('Rules', () => openDialog(name, copyable(toml, 'idouble.toml')), { 'aria-label': `Rules of ${name}` })))

const removeAll = () => confirmDialog('Remove all fault rules?', 'Their counters are lost.', 'Remove', () => remove('/faults'))

customElements.define('faults-page', FaultsPage)
