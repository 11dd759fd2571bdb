// @ts-check
/** Elements, formats and dialogs. Every value becomes text, never markup. */

/** @import { Child } from './types.js' */

/**
 * Creates an element. `name` may have classes: `button.quiet`. An attribute that is a function listens to the event
 * of its name; true sets an attribute without a value; false, null and undefined leave it out.
 *
 * @param {string} name @param {Record<string, any>} [attributes] @param {...Child} children @returns {any}
 */
export function el(name, attributes = {}, ...children) {
	const [tag, ...classes] = name.split('.')
	const element = document.createElement(tag)
	if (classes.length > 0) element.className = classes.join(' ')
	for (const [key, value] of Object.entries(attributes)) {
		if (typeof value === 'function') element.addEventListener(key, value)
		else if (value !== false && value != null) element.setAttribute(key, value === true ? '' : value)
	}
	fill(element, ...children)
	return element
}

/** Replaces the content of an element. @param {Element} element @param {...Child} children */
export function fill(element, ...children) {
	const shown = children.flat(9).filter((child) => child !== false && child != null)
	element.replaceChildren(...shown.map((child) => (child instanceof Node ? child : String(child))))
}

/** The item that an element shows. @type {WeakMap<Element, unknown>} */
const items = new WeakMap()

/** Shows `list` in `parent`; `key` identifies an item. The element of an item that has not changed stays, with focus. */
export function fillRows(parent, list, key, create) {
	const present = new Map([...parent.children].map((child) => [child.getAttribute('data-key'), child]))
	const focused = document.activeElement
	const rows = list.map((item) => {
		const old = present.get(String(item[key]))
		const shown = old && items.get(old)
		if (old && (shown === item || JSON.stringify(shown) === JSON.stringify(item))) return old
		const row = create(item)
		row.dataset.key = item[key]
		items.set(row, item)
		if (old?.contains(focused)) queueMicrotask(() => (old === focused ? row : row.querySelector(focused?.localName))?.focus())
		return row
	})
	rows.forEach((row, index) => {
		if (parent.children[index] !== row) parent.insertBefore(row, parent.children[index] ?? null)
	})
	while (parent.children.length > rows.length) parent.lastElementChild?.remove()
}

const NUMBER = new Intl.NumberFormat()
const DIGITS = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 3 })
const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium', hourCycle: 'h23' })
const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })

export const number = (value) => NUMBER.format(value)
export const clockTime = (time) => `${CLOCK.format(new Date(time))}.${time.slice(20, 23)}`
export const dateTime = (time) => DATE.format(new Date(time))
/** `1 user`, `2 users`. */
export const count = (value, noun) => `${number(value)} ${noun}${value === 1 ? '' : 's'}`
export const duration = (us) => (us < 1000 ? `${us} µs` : us < 1e6 ? `${DIGITS.format(us / 1e3)} ms` : `${DIGITS.format(us / 1e6)} s`)

/** JSON with indentation and colours. */
export function json(value) {
	const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2)
	const parts = text.split(/("(?:[^"\\]|\\.)*"(?=\s*:)|"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null)/)
	// Every second part is a token.
	const kind = (part, next) => (part[0] !== '"' ? 'literal' : /^\s*:/.test(next) ? 'key' : 'text')
	return el('pre.code', { tabindex: 0 }, typeof value === 'string' ? text
		: parts.map((part, at) => (at % 2 ? el(`span.${kind(part, parts[at + 1])}`, {}, part) : part)))
}

/** A block of text with a button that copies it. */
export function copyable(text, label) {
	const copy = () => attempt(() => navigator.clipboard.writeText(text), 'Copied')
	return el('figure', {}, el('figcaption', {}, label, el('button.quiet', { type: 'button', click: copy }, 'Copy')),
		el('pre.code', { tabindex: 0 }, text))
}

/** Terms and their values; absent values are left out. @param {[string, Child][]} terms */
export const pairs = (terms) => el('dl.pairs', {},
	terms.filter(([, value]) => value != null && value !== '').map(([term, value]) => [el('dt', {}, term), el('dd', {}, value)]))

/** A table. Its first column is the header of each row. @param {string[]} titles @param {Child[][]} rows */
export const table = (titles, rows) => el('table.plain', {},
	el('thead', {}, el('tr', {}, titles.map((title) => el('th', { scope: 'col' }, title)))),
	el('tbody', {}, rows.map(([first, ...cells]) => el('tr', {}, el('th', { scope: 'row' }, first), cells.map((cell) => el('td', {}, cell))))))

/** Shows a short message. */
export function notice(text, isError = false) {
	const message = el(isError ? 'p.error' : 'p', {}, text)
	document.querySelector('#notices')?.append(message)
	setTimeout(() => message.remove(), isError ? 8000 : 2500)
}

/** Runs an action. Its failure becomes a message. @param {() => unknown} action @param {string} [success] */
export async function attempt(action, success) {
	try {
		await action()
		if (success) notice(success)
	} catch (error) {
		notice(error.message, true)
	}
}

/**
 * Opens a dialog. `submit` gets the values of its fields; if it fails, the dialog shows why and stays open.
 *
 * @param {string} title
 * @param {Child} content
 * @param {string} [action] What the button says, after `!` if it destroys something; none if there is only something to read.
 * @param {(values: FormData) => unknown} [submit]
 */
export function openDialog(title, content, action, submit) {
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
	const dialog = el('dialog', { 'aria-label': title, close: () => dialog.remove() }, el('form', { submit: onSubmit }, el('h2', {}, title), content, problem,
		el('div.actions.end', {}, el('button', { type: 'button', click: close }, action ? 'Cancel' : 'Close'),
			action && el(action[0] === '!' ? 'button.danger' : 'button.primary', {}, action.replace('!', '')))))
	document.body.append(dialog)
	dialog.showModal()
	return dialog
}

/** A labelled field of a form. @param {Child} label @param {HTMLElement} input @param {Child} [hint] */
export const field = (label, input, hint) => el('label.field', {}, el('span', {}, label), input, hint && el('small', {}, hint))

/** A choice. @param {Record<string, any>} attributes @param {any[][]} options @param {string} [selected] */
export const select = (attributes, options, selected) => el('select', attributes,
	options.map(([value, label]) => el('option', { value, selected: value === selected }, label)))

/** Runs `action` a moment later, once for all calls until then. */
export function soon(action, ms = 250) {
	let timer
	return () => {
		timer ??= setTimeout(() => {
			timer = undefined
			action()
		}, ms)
	}
}
