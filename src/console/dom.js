// @ts-check
/** Elements, formats and dialogs. Every value becomes text, never markup. */

/** @import { Child } from './types.js' */

/**
 * Creates an element: `el('button.quiet', { click }, 'Copy')`. An attribute that is a function listens to an event.
 * @returns {any}
 */
export function el(name, ...children) {
	const [tag, ...classes] = name.split('.')
	const element = document.createElement(tag)
	element.className = classes.join(' ')
	const attributes = children[0]?.constructor === Object ? children.shift() : {}
	for (const [key, value] of Object.entries(attributes)) {
		if (typeof value === 'function') element.addEventListener(key, value)
		else if (value !== false && value != null) element.setAttribute(key, value === true ? '' : value)
	}
	fill(element, ...children)
	return element
}

/** @param {...Child} children */
export function fill(element, ...children) {
	const shown = children.flat(9).filter((child) => child !== false && child != null)
	element.replaceChildren(...shown.map((child) => (child instanceof Node ? child : String(child))))
}

/** Shows a list; `key` identifies an item. The element of an item that has not changed stays, with focus. */
export function fillRows(parent, list, key, create) {
	const present = new Map([...parent.children].map((child) => [child.dataset.key, child]))
	const focused = document.activeElement
	const rows = list.map((item) => {
		const old = present.get(String(item[key]))
		if (old && (old.item === item || JSON.stringify(old.item) === JSON.stringify(item))) return old
		const row = create(item)
		row.dataset.key = item[key]
		row.item = item
		if (old?.contains(focused)) queueMicrotask(() => (old === focused ? row : row.querySelector(focused?.localName))?.focus())
		return row
	})
	rows.forEach((row, index) => {
		if (parent.children[index] !== row) parent.insertBefore(row, parent.children[index] ?? null)
	})
	while (parent.children.length > rows.length) parent.lastElementChild?.remove()
}

/** Sets the address of each row from its key, and marks the row that is open. */
export function linkRows(parent, selected, address) {
	for (const anchor of parent.querySelectorAll('[data-row]')) {
		const { key } = anchor.closest('[data-key]').dataset
		anchor.href = address(key)
		anchor.ariaCurrent = String(key === selected)
	}
}

const DIGITS = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 3 })
const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium', hourCycle: 'h23' })
const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })

export const number = (value) => value.toLocaleString()
export const clockTime = (time) => `${CLOCK.format(new Date(time))}.${time.slice(20, 23)}`
export const dateTime = (time) => DATE.format(new Date(time))
export const count = (value, noun) => `${number(value)} ${noun}${value === 1 ? '' : 's'}`
export const duration = (us) => `${DIGITS.format(us / 1000)} ms`

export const button = (label, click, attributes = {}) => el('button', { type: 'button', click, ...attributes }, label)
export const linkButton = (label, href, attributes = {}) => el('a.button', { href, ...attributes }, label)
export const code = (...children) => el('pre.code', { tabindex: 0 }, ...children)

export function json(value) {
	if (typeof value === 'string') return code(value)
	// Every second part is a name.
	const parts = JSON.stringify(value, null, 2).split(/("(?:[^"\\]|\\.)*")(?=: )/)
	return code(parts.map((part, at) => (at % 2 ? el('span.key', part) : part)))
}

export const copyable = (text, label) => el('figure',
	el('figcaption', label, button('Copy', () => attempt(() => navigator.clipboard.writeText(text), 'Copied'))), code(text))

/** Terms and their values; absent values are left out. @param {[string, Child][]} terms */
export const pairs = (terms) => el('dl.pairs',
	terms.filter(([, value]) => value != null && value !== '').map(([term, value]) => [el('dt', term), el('dd', value)]))

export const head = (titles) => el('thead', el('tr', titles.map((title) => el('th', { scope: 'col' }, title))))

/** A table. Its first column is the header of each row. @param {Child[][]} rows */
export const table = (titles, rows) => el('table.plain', head(titles),
	el('tbody', rows.map(([first, ...cells]) => el('tr', el('th', { scope: 'row' }, first), cells.map((cell) => el('td', cell))))))

export const panel = (title, ...content) => el('section.panel', el('h2', title), content)

export function notice(text, isError = false) {
	const message = el(isError ? 'p.error' : 'p', text)
	document.querySelector('#notices')?.append(message)
	setTimeout(() => message.remove(), isError ? 8000 : 2500)
}

/** Runs an action. Its failure becomes a message. @param {string} [success] */
export async function attempt(action, success) {
	try {
		await action()
		if (success) notice(success)
	} catch (error) {
		notice(error.message, true)
	}
}

export const inlineForm = (inputs, label, submit) => el('form.actions', {
	submit: (event) => {
		event.preventDefault()
		submit()
	},
}, inputs, el('button', label))

/** Opens a dialog. If `submit` fails, it shows why and stays open. @param {string} [action] @param {(values: FormData) => unknown} [submit] */
export function openDialog(title, content, action, submit, look = 'primary') {
	const problem = el('p.error', { role: 'alert' })
	const close = () => dialog.close()
	const onSubmit = async (event) => {
		event.preventDefault()
		try {
			await submit?.(new FormData(event.target))
			close()
		} catch (error) {
			problem.textContent = error.message
		}
	}
	const dialog = el('dialog', { 'aria-label': title, close: () => dialog.remove() }, el('form', { submit: onSubmit, autocomplete: 'off' }, el('h2', title), content, problem,
		el('div.actions.end', button(action ? 'Cancel' : 'Close', close), action && el(`button.${look}`, action))))
	document.body.append(dialog)
	dialog.showModal()
	return dialog
}

export const confirmDialog = (question, consequence, label, action) =>
	openDialog(question, el('p', consequence), label, action, 'danger')

/** @param {Child} [hint] */
export const field = (label, input, hint) => el('label.field', el('span', label), input, hint && el('small', hint))

/** @param {any[][]} options @param {string} [selected] */
export const select = (attributes, options, selected) => el('select', attributes,
	options.map(([value, label = value]) => el('option', { value, selected: value === selected }, label)))

/** Runs `action` a moment later, once for all calls until then. */
export function soon(action) {
	let timer
	return () => {
		timer ??= setTimeout(() => {
			timer = undefined
			action()
		}, 150)
	}
}
