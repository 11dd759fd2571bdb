// @ts-check
/** The frame of the pages: navigation and keyboard. */

import './about.js'
import './directory.js'
import './faults.js'
import './requests.js'
import './state.js'
import { go, linkWith, route } from './route.js'

const main = /** @type {HTMLElement} */ (document.querySelector('main'))
const tabs = [...document.querySelectorAll('nav a')]

function show() {
	const { page, params } = route()
	const current = tabs.find((tab) => tab.getAttribute('href') === `#${page}`)
	if (!current) return go('#requests', true)
	const name = `${page}-page`
	if (main.firstElementChild?.localName !== name) main.replaceChildren(document.createElement(name))
	const element = /** @type {import('./types.js').Page} */ (main.firstElementChild)
	element.show(params)
	document.title = `${current.textContent} – idouble`
	for (const tab of tabs) tab.setAttribute('aria-current', tab === current ? 'page' : 'false')
}

/** Moves the focus to another row. If a row is open, the other one opens instead. */
function moveRow(step) {
	const rows = /** @type {HTMLElement[]} */ ([...main.querySelectorAll('[data-row]')])
	const open = rows.find((row) => row.ariaCurrent === 'true')
	const at = rows.indexOf(/** @type {HTMLElement} */ (open ?? document.activeElement))
	const next = rows[Math.min(at + step, rows.length - 1)] ?? rows[0]
	next?.focus()
	if (open) next.click()
}

document.addEventListener('keydown', (event) => {
	const target = /** @type {HTMLElement} */ (event.target)
	if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog')) return
	const isTyping = target.matches('input:not([type=checkbox]), select')
	if (event.key === 'Escape') isTyping ? target.blur() : go(linkWith({ sel: null, edit: null }))
	else if (isTyping) return
	else if (event.key === 'j') moveRow(1)
	else if (event.key === 'k') moveRow(-1)
	else if (event.key === '/') main.querySelector('input')?.focus()
	else return
	event.preventDefault()
})
addEventListener('hashchange', show)
show()
