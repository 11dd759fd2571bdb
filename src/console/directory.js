// @ts-check
/** The directory: stores, users and groups. */

import { call, listStores, LivePage, url } from './api.js'
import { attempt, count, dateTime, el, field, fill, fillRows, json, openDialog, pairs, select, soon } from './dom.js'
import { closeLink, cloud } from './entry.js'
import { go, link, linkWith } from './route.js'

const PAGE = 50

/** What differs between users and groups: the noun, the members of a row, and the fields of a form. */
const KINDS = {
	users: {
		noun: 'user',
		row: ({ display_name, user_name, email, enabled }) => ({ title: display_name ?? user_name, note: user_name, text: email, isOff: !enabled }),
		fields: ['user_name', 'display_name', 'name.given_name', 'name.family_name', 'emails.0.value', 'title', 'nickname', 'preferred_language', 'timezone'],
	},
	groups: {
		noun: 'group',
		row: ({ id, display_name, description, members }) => ({ title: display_name ?? id, note: count(members, 'member'), text: description, isOff: false }),
		fields: ['display_name', 'description'],
	},
}

class DirectoryPage extends LivePage {
	#params
	#loads = 0
	/** What the details show. */
	#shown
	#store = select({ 'aria-label': 'Store', change: () => go(link('directory', { store: this.#store.value })) }, [])
	#search = el('input', {
		type: 'search', placeholder: 'Search names, e-mails, ids', 'aria-label': 'Search', spellcheck: 'false',
		input: soon(() => go(linkWith({ q: this.#search.value, after: null }), true)),
	})
	#actions = el('span.actions')
	#tabs = el('nav.actions', { 'aria-label': 'Users or groups' })
	#rows = el('ul')
	#pages = el('div.pages')
	#detail = el('section.detail.wide', { 'aria-label': 'Details' })
	query = { rate: 1 }
	onRequest = soon(() => attempt(() => this.load()))
	onLost = this.onRequest
	onChange = this.onRequest

	build() {
		this.append(
			el('div.toolbar', {}, this.#store, this.#actions, el('span.grow'),
				el('button', { click: newStore }, 'New store'), el('button', { click: importStore }, 'Import')),
			el('div.split.directory', {}, el('div.list', {}, el('div.list-head', {}, this.#tabs, this.#search), this.#rows, this.#pages), this.#detail))
	}

	/** @param {URLSearchParams} params */
	show(params) {
		this.#params = Object.fromEntries(params)
		if (document.activeElement !== this.#search) this.#search.value = this.#params.q ?? ''
		this.start()
	}

	async load() {
		const load = ++this.#loads
		const { q, sel, after, ...params } = this.#params
		const tab = params.tab === 'groups' ? 'groups' : 'users'
		const { noun, row } = KINDS[tab]
		const { stores } = await listStores()
		const summary = params.store ? stores.find(({ id }) => id === params.store) : stores[0]
		const id = summary?.id ?? params.store
		const list = summary && (await call('get', `/_idouble/stores/{id}/${tab}`, { path: { id }, query: { q, after, limit: PAGE } }))
		const member = { id, item: sel }
		const detail = summary && sel && (await call('get', `/_idouble/stores/{id}/${tab}/{item}`, { path: member }).catch((error) => ({ error })))
		if (load !== this.#loads || !this.isConnected) return
		fillRows(this.#store, stores, 'id', (store) => el('option', { value: store.id }, `${store.id} (${count(store.users, 'user')})`))
		this.#store.value = id
		this.#showActions(summary?.id)
		const tabs = summary ? ['users', 'groups'].map((name) => ({ name, id, isCurrent: tab === name, size: summary[name] })) : []
		fillRows(this.#tabs, tabs, 'name', tabLink)
		fillRows(this.#rows, /** @type {any[]} */ (list?.[tab] ?? []), 'id', (item) => rowElement(row(item)))
		for (const anchor of this.#rows.querySelectorAll('a')) {
			const key = anchor.closest('li').dataset.key
			anchor.href = linkWith({ store: id, sel: key })
			anchor.setAttribute('aria-current', key === sel)
		}
		fill(this.#pages, el('small.grow', {}, list ? `${count(list.total, noun)}${q ? ' found' : ''}` : 'There is no such store'),
			after && el('a.button', { href: linkWith({ after: null }) }, 'First page'),
			list?.next_after && el('a.button', { href: linkWith({ after: list.next_after }) }, 'Next page'))
		this.#showDetail(tab, member, detail)
	}

	/** @param {string} [id] */
	#showActions(id) {
		if (this.#actions.id === id) return
		this.#actions.id = id
		const file = (format) => el('a.button', { href: url('/_idouble/stores/{id}', { path: { id }, query: { format } }), download: `${id}.${format}` }, `Export ${format}`)
		const copy = async () => openStore(await call('post', '/_idouble/stores', { body: { copy: id } }))
		fill(this.#actions, id && [el('button', { click: () => attempt(copy, 'Copied') }, 'Copy'), file('toml'), file('json'), el('button', { click: () => deleteStore(id) }, 'Delete')])
	}

	/** Shows a user or a group. What has not changed stays, with focus and scroll position. */
	#showDetail(tab, path, detail) {
		this.toggleAttribute('data-detail', Boolean(detail))
		const shown = JSON.stringify([path, detail, detail?.error?.message])
		if (shown === this.#shown) return
		this.#shown = shown
		fill(this.#detail, !detail ? el('div.empty', {}, `Choose a ${KINDS[tab].noun} to see it as each cloud shows it.`)
			: detail.error ? el('header', {}, el('p.error.grow', {}, detail.error.message), closeLink()) : content(tab, path, detail))
	}
}

const tabLink = ({ name, id, isCurrent, size }) =>
	el('a.button.quiet', { href: link('directory', { store: id, tab: name }), 'aria-current': String(isCurrent) }, name === 'users' ? 'Users' : 'Groups', ` ${size}`)

const rowElement = ({ title, note, text, isOff }) => el('li', {}, el('a', { 'data-row': true },
	el(isOff ? 'b.off' : 'b', {}, title), el('small', {}, note), el('small.full', {}, text)))

/** The details of a user or a group. */
function content(tab, path, detail) {
	const { id, attributes, enabled, memberships, memberships_total, views } = detail
	const { noun } = KINDS[tab]
	const name = attributes.display_name ?? attributes.user_name ?? id
	const chip = ({ user, user_name, group, group_name }) =>
		el('a.button', { href: link('directory', { store: path.id, tab: user ? 'users' : 'groups', sel: user ?? group }) }, user_name ?? group_name ?? user ?? group)
	return [
		el('header', {}, el('h2', {}, name), enabled === false && el('span.badge', {}, 'disabled'), el('code.muted.grow', {}, id), closeLink()),
		el('div.actions', {}, el('button.primary', { click: () => edit(tab, path, detail) }, 'Edit'),
			el('a.button', { href: link('requests', { [noun]: id }) }, 'Requests')),
		pairs([['User name', attributes.user_name], ['Title', attributes.title], ['E-mail', attributes.emails?.[0]?.value], ['Description', attributes.description],
			['Revision', detail.revision], ['Created', `${dateTime(detail.created_at)} by ${detail.created_by}`], ['Updated', `${dateTime(detail.updated_at)} by ${detail.updated_by}`]]),
		el('h3', {}, tab === 'users' ? 'Groups' : 'Members', el('small', {}, ` ${memberships_total}`)),
		el('div.actions', {}, memberships.map(chip), memberships_total > memberships.length && 'and more'),
		el('div.views', {}, views.map(({ dialect, body }) => el('figure', {}, el('figcaption', {}, 'As shown by ', cloud(dialect)), json(body)))),
	]
}

const read = (attributes, path) => path.split('.').reduce((value, name) => value?.[name], attributes) ?? ''

/** The paths of all texts in attributes, such as `emails.0.value`. @returns {string[]} */
const paths = (value, prefix = '') => Object.entries(value).flatMap(([name, part]) =>
	typeof part === 'string' ? [prefix + name] : part instanceof Object ? paths(part, `${prefix}${name}.`) : [])

/** A copy of attributes with other texts. An empty text removes. @param {Iterable<[string, any]>} texts */
function withTexts(attributes, texts) {
	const copy = structuredClone(attributes)
	for (const [path, text] of texts) {
		if (text === read(attributes, path)) continue
		const names = path.split('.')
		const last = /** @type {string} */ (names.pop())
		const parent = names.reduce((part, name, at) => (part[name] ??= names[at + 1] === '0' ? [] : name === '0' ? { primary: true } : {}), copy)
		if (text) parent[last] = text
		else delete parent[last]
	}
	return copy
}

/** Fields for all texts in attributes, and for the usual ones. */
const fields = (tab, attributes) => el('div.columns', {}, [...new Set([...KINDS[tab].fields, ...paths(attributes)])].map((path) =>
	field(path.replaceAll('.0.', '.').replaceAll(/[._]/g, ' '), el('input', { name: path, value: read(attributes, path), required: path === 'user_name', autocomplete: 'off' }))))

/** Opens a dialog that changes a user or a group. @param {'users' | 'groups'} tab */
function edit(tab, path, { attributes, enabled, revision }) {
	const toggle = el('input', { type: 'checkbox', checked: enabled })
	openDialog(`Edit the ${KINDS[tab].noun}`, [fields(tab, attributes), enabled != null && el('label', {}, toggle, ' enabled')], 'Save', (values) => {
		const after = withTexts(attributes, values)
		const changed = Object.keys({ ...attributes, ...after }).filter((name) => JSON.stringify(attributes[name]) !== JSON.stringify(after[name]))
		const body = { attributes: Object.fromEntries(changed.map((name) => [name, after[name] ?? null])), revision }
		return call('patch', `/_idouble/stores/{id}/${tab}/{item}`, { path, body: toggle.checked === (enabled ?? false) ? body : { ...body, enabled: toggle.checked } })
	})
}

const openStore = ({ id }) => go(link('directory', { store: id }))

function newStore() {
	const input = el('input', { placeholder: 'd-…', pattern: 'd-[0-9a-f]{10}', autocomplete: 'off' })
	openDialog('New store', [field('Id', input, 'd- and 10 hexadecimal digits; generated if empty')], 'Create',
		async () => openStore(await call('post', '/_idouble/stores', { body: input.value ? { id: input.value } : {} })))
}

function importStore() {
	const input = el('input', { type: 'file', accept: '.toml,.json', required: true })
	openDialog('Import a store', [field('File', input, 'A fixture with one store, TOML or JSON')], 'Import',
		async () => openStore(await call('post', '/_idouble/stores', { body: { fixture: await input.files[0].text() } })))
}

const deleteStore = (id) => openDialog(`Delete the store ${id}?`, [el('p', {}, 'With all of its users and groups, and the fault rules that are about it alone.')],
	'!Delete', async () => {
		await call('delete', '/_idouble/stores/{id}', { path: { id } })
		go('#directory')
	})

customElements.define('directory-page', DirectoryPage)
