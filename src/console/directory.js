// @ts-check
/** The directory: stores, users and groups. */

import { get, listStores, LivePage, patch, post, remove, url } from './api.js'
import { attempt, button, confirmDialog, count, dateTime, el, field, fill, fillRows, inlineForm, json, linkButton, linkRows, openDialog, pairs, select, soon } from './dom.js'
import { closeLink, cloud, failure } from './entry.js'
import { go, link, linkWith } from './route.js'

const PAGE = 50

/** The attributes that are edited. */
const FIELDS = {
	users: ['user_name', 'display_name', 'name.given_name', 'name.family_name', 'emails.0.value', 'phone_numbers.0.value', 'addresses.0.formatted', 'title',
		'nickname', 'user_type', 'preferred_language', 'locale', 'timezone', 'enterprise.department'],
	groups: ['display_name', 'description'],
}

/** @typedef {keyof typeof FIELDS} Tab */

/** @param {Tab} tab */
const noun = (tab) => tab.slice(0, -1)

class DirectoryPage extends LivePage {
	#params
	#loads = 0
	#shown
	#store = select({ 'aria-label': 'Store', change: () => openStore(this.#store.value) }, [])
	#search = el('input', {
		type: 'search', placeholder: 'Search names, e-mails, ids', 'aria-label': 'Search',
		input: soon(() => go(linkWith({ q: this.#search.value, after: null }), true)),
	})
	#actions = el('span.actions')
	#tabs = el('nav.actions', { 'aria-label': 'Users or groups' })
	#rows = el('ul')
	#pages = el('div.pages')
	#detail = el('section.detail.wide', { 'aria-label': 'Details' })

	build() {
		this.append(
			el('div.toolbar', this.#store, this.#actions, el('span.grow'), button('New store', newStore), button('Import', importStore)),
			el('div.split.directory', el('div.list', el('div.list-head', this.#tabs, this.#search), this.#rows, this.#pages), this.#detail))
	}

	show(params) {
		this.#params = params
		if (document.activeElement !== this.#search) this.#search.value = params.q ?? ''
		this.start()
	}

	async load() {
		const load = ++this.#loads
		const { q, sel, after, store } = this.#params
		/** @type {Tab} */
		const tab = this.#params.tab === 'groups' ? 'groups' : 'users'
		const { stores } = await listStores()
		const summary = store ? stores.find(({ id }) => id === store) : stores[0]
		const id = summary?.id ?? store
		const list = summary && (await get(`/stores/{id}/${tab}`, { id }, { q, after, limit: PAGE }))
		const path = { id, item: sel }
		const detail = summary && sel && (await get(`/stores/{id}/${tab}/{item}`, path).catch((error) => ({ error })))
		if (load !== this.#loads || !this.isConnected) return
		fillRows(this.#store, stores, 'id', (store) => el('option', { value: store.id }, `${store.id} (${count(store.users, 'user')})`))
		this.#store.value = id
		fillRows(this.#actions, summary ? [{ id }] : [], 'id', storeActions)
		fillRows(this.#tabs, summary ? Object.keys(FIELDS).map((name) => ({ name, id, isCurrent: tab === name, size: summary[name] })) : [], 'name', tabLink)
		fillRows(this.#rows, /** @type {any[]} */ (list?.[tab] ?? []), 'id', row)
		linkRows(this.#rows, sel, (sel) => linkWith({ store: id, sel }))
		fill(this.#pages, el('small.grow', list ? `${count(list.total, noun(tab))}${q ? ' found' : ''}` : 'There is no such store'),
			after && linkButton('First page', linkWith({ after: null })),
			list?.next_after && linkButton('Next page', linkWith({ after: list.next_after })),
			list && button(`New ${noun(tab)}`, () => edit(tab, { id })))
		this.#showDetail(tab, path, detail)
	}

	/** What has not changed stays, with focus and scroll position. */
	#showDetail(tab, path, detail) {
		this.toggleAttribute('data-detail', Boolean(detail))
		const shown = JSON.stringify([path, detail, detail?.error?.message])
		if (shown === this.#shown) return
		this.#shown = shown
		fill(this.#detail, !detail ? el('div.empty', `Choose a ${noun(tab)} to see it as each cloud shows it.`)
			: detail.error ? failure(detail.error) : content(tab, path, detail))
	}
}

const storeActions = ({ id }) => {
	const file = (format) => linkButton(`Export ${format}`, url('/stores/{id}', { id }, { format }), { download: `${id}.${format}` })
	const copy = async () => openStore((await post('/stores', {}, { copy: id })).id)
	return el('span.actions', button('Copy', () => attempt(copy, 'Copied')), file('toml'), file('json'), button('Delete', () => deleteStore(id)))
}

const tabLink = ({ name, id, isCurrent, size }) =>
	linkButton(`${name === 'users' ? 'Users' : 'Groups'} ${size}`, link('directory', { store: id, tab: name }), { 'aria-current': String(isCurrent) })

const row = ({ id, display_name, user_name, email, enabled, description, members }) => el('li', el('a', { 'data-row': true },
	el(enabled === false ? 'b.off' : 'b', display_name ?? user_name ?? id),
	el('small', user_name ?? count(members, 'member')), el('small.full', email ?? description)))

/** @param {Tab} tab */
function content(tab, path, detail) {
	const { id, attributes, enabled, memberships, memberships_total: total, views } = detail
	const name = attributes.display_name ?? attributes.user_name ?? id
	const destroy = () => confirmDialog(`Delete the ${noun(tab)} ${name}?`, 'With its memberships.', 'Delete', async () => {
		await remove(`/stores/{id}/${tab}/{item}`, path)
		go(linkWith({ sel: null }))
	})
	return [
		el('header', el('h2', name), enabled === false && el('span.badge', 'disabled'), el('code.muted.grow', id), closeLink()),
		el('div.actions', button('Edit', () => edit(tab, path, detail), { class: 'primary' }), linkButton('Requests', link('requests', { [noun(tab)]: id })),
			button('Delete', destroy)),
		pairs([['User name', attributes.user_name], ['Title', attributes.title], ['E-mail', attributes.emails?.[0]?.value], ['Description', attributes.description],
			['Revision', detail.revision], ['Created', `${dateTime(detail.created_at)} by ${detail.created_by}`], ['Updated', `${dateTime(detail.updated_at)} by ${detail.updated_by}`]]),
		el('h3', tab === 'users' ? 'Groups ' : 'Members ', el('small', total)),
		el('div.actions', memberships.map((membership) => memberChip(path.id, membership)), total > memberships.length && `and ${count(total - memberships.length, 'other')}`,
			joinForm(tab, path.id, id)),
		el('div.views', views.map(({ dialect, body }) => el('figure', el('figcaption', cloud(dialect)), json(body)))),
	]
}

function memberChip(store, { id, user, user_name, group, group_name }) {
	const name = user_name ?? group_name ?? user ?? group
	return el('span.member', linkButton(name, link('directory', { store, tab: user ? 'users' : 'groups', sel: user ?? group })),
		button('✕', () => attempt(() => remove('/stores/{id}/memberships/{item}', { id: store, item: id })),
			{ class: 'quiet', 'aria-label': `Remove ${name}` }))
}

/** Adds a membership. Names are offered while the user types. @param {Tab} tab */
function joinForm(tab, id, item) {
	const other = tab === 'users' ? 'groups' : 'users'
	const names = el('datalist', { id: 'names' })
	const offer = soon(() => attempt(async () => {
		const page = /** @type {any} */ (await get(`/stores/{id}/${other}`, { id }, { q: input.value, limit: 20 }))
		fill(names, page[other].map(({ user_name, display_name }) => el('option', { value: user_name ?? display_name }, display_name)))
	}))
	const label = `Name of a ${noun(other)}`
	const input = el('input', { placeholder: label, 'aria-label': label, list: 'names', required: true, focus: offer, input: offer })
	const body = () => /** @type {any} */ ({ [noun(tab)]: item, [noun(other)]: input.value })
	return inlineForm([input, names], 'Add', () => attempt(() => post('/stores/{id}/memberships', { id }, body()), 'Added'))
}

const read = (attributes, path) => path.split('.').reduce((value, name) => value?.[name], attributes) ?? ''

/** A copy of attributes with other texts. An empty text removes. */
function withTexts(attributes, texts) {
	const copy = structuredClone(attributes)
	for (const [path, text] of texts) {
		if (text === read(attributes, path)) continue
		const names = path.split('.')
		const last = names.pop()
		const parent = names.reduce((part, name, at) => (part[name] ??= names[at + 1] === '0' ? [] : name === '0' ? { primary: true } : {}), copy)
		if (text) parent[last] = text
		else delete parent[last]
	}
	return copy
}

/** Changes a user or a group, or creates one. @param {Tab} tab */
function edit(tab, path, { attributes, enabled, revision } = /** @type {any} */ ({ attributes: {} })) {
	const toggle = el('input', { type: 'checkbox', checked: enabled })
	const inputs = FIELDS[tab].map((path, at) => field(path.replaceAll('.0.', '.').replaceAll(/[._]/g, ' '),
		el('input', { name: path, value: read(attributes, path), required: at === 0 })))
	const save = async (values) => {
		const after = withTexts(attributes, values)
		if (!path.item) return go(linkWith({ tab, sel: (await post(`/stores/{id}/${tab}`, path, { attributes: after })).id }))
		const changed = Object.keys({ ...attributes, ...after }).filter((name) => JSON.stringify(attributes[name]) !== JSON.stringify(after[name]))
		const body = { attributes: Object.fromEntries(changed.map((name) => [name, after[name] ?? null])), revision }
		return patch(`/stores/{id}/${tab}/{item}`, path, toggle.checked === (enabled ?? false) ? body : { ...body, enabled: toggle.checked })
	}
	openDialog(`${path.item ? 'Edit the' : 'New'} ${noun(tab)}`, [el('div.columns', inputs), enabled != null && el('label', toggle, ' enabled')],
		path.item ? 'Save' : 'Create', save)
}

const openStore = (store) => go(link('directory', { store }))

function newStore() {
	const input = el('input', { placeholder: 'd-…', pattern: 'd-[0-9a-f]{10}' })
	openDialog('New store', field('Id', input, 'd- and 10 hexadecimal digits; generated if empty'), 'Create',
		async () => openStore((await post('/stores', {}, input.value ? { id: input.value } : {})).id))
}

function importStore() {
	const input = el('input', { type: 'file', accept: '.toml,.json', required: true })
	openDialog('Import a store', field('File', input, 'A fixture with one store, TOML or JSON'), 'Import',
		async () => openStore((await post('/stores', {}, { fixture: await input.files[0].text() })).id))
}

const deleteStore = (id) => confirmDialog(`Delete the store ${id}?`, 'With its users, groups and fault rules.', 'Delete', async () => {
	await remove('/stores/{id}', { id })
	go('#directory')
})

customElements.define('directory-page', DirectoryPage)
