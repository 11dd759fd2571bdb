// @ts-check
/** A recorded request: its details, and what it says about expectations and fault rules. */

/** @import { Entry, Schemas } from './types.js' */

import { get, post } from './api.js'
import { attempt, button, clockTime, copyable, dateTime, duration, el, field, fill, json, linkButton, openDialog, pairs, select, table } from './dom.js'
import { go, link, linkWith } from './route.js'

const CLOUDS = { aws: 'AWS', huawei: 'Huawei', scim: 'SCIM' }

export const cloud = (dialect) => el(`span.cloud.${dialect}`, CLOUDS[dialect] ?? dialect)

export const status = (code) => el(`b.${code < 400 && code ? 'good' : code < 500 && code ? 'warn' : 'bad'}`, code ?? 'none')

/** @param {Entry} entry */
export const operationName = (entry) => entry.operation ?? `${entry.method} ${entry.path}`
export const subject = (entry) => entry.user_name ?? entry.user ?? entry.group_name ?? entry.group

export const closeLink = () => linkButton('✕', linkWith({ sel: null, edit: null }), { class: 'button quiet', 'aria-label': 'Close' })

export const failure = (error) => el('header', el('p.error.grow', error.message), closeLink())

/** Parses `status=4xx user="a b" word`. Words alone are a part of the request. */
export function parseFilter(text) {
	const filter = {}
	for (const [, name, quoted, value, word] of text.matchAll(/(\w+)=(?:"([^"]*)"|(\S*))|(\S+)/g)) {
		if (name) filter[name] = quoted ?? value
		else filter.request = filter.request ? `${filter.request} ${word}` : word
	}
	return filter
}

export const filterText = (filter) =>
	Object.entries(filter).map(([name, value]) => `${name}=${/\s/.test(value) ? `"${value}"` : value}`).join(' ')

export const FIELDS = 'Fields: time dialect operation store user group session attempt request_id method path status error fault duration_us request response'

/** @param {Schemas['JournalDetail']} detail */
export function details({ entry, changes, replayable, reason, curl }) {
	const { store } = entry
	const filter = (name) => entry[name] && el('a', { href: link('requests', { [name]: entry[name] }) }, entry[name])
	const member = (tab, id, name) => id && el('a', { href: link('directory', { store, tab, sel: id }) }, name ?? id)
	const section = (title, ...content) => el('section', el('h3', title), content)
	const replay = async () => {
		const sent = await post('/journal/{id}/replay', { id: `${entry.seq}` })
		go(linkWith({ sel: sent.entry?.seq }))
	}
	const body = (value) => (value == null || value === '' ? el('p.muted', 'No body') : json(value))
	return [
		pairs([
			['Time', `${dateTime(entry.time)} (${clockTime(entry.time)})`], ['Request', el('code', `${entry.method} ${entry.path}`)],
			['Store', filter('store')], ['User', member(null, entry.user, entry.user_name)], ['Group', member('groups', entry.group, entry.group_name)],
			['Session', filter('session')], ['Attempt', entry.attempt], ['Error', filter('error')],
			['Fault', entry.fault && el('a.badge', { href: link('faults', { sel: entry.fault }) }, entry.fault)],
			['Duration', duration(entry.duration_us)], ['Request id', el('code', entry.request_id)],
		]),
		el('div.actions',
			button('Send again', () => attempt(replay, 'Sent again'), { disabled: !replayable, title: reason }),
			button('As expectation', () => expect(expectation(entry))),
			button('Why did a rule not fire?', () => attempt(() => explain(entry.seq)))),
		changes.length > 0 && section('What changed', table(['Attribute', 'Before', 'After'],
			changes.map(({ attribute, before, after }) => [attribute, mark('del', before), mark('ins', after)]))),
		section('Request', body(entry.request)),
		section('Response', body(entry.response)),
		curl && section('As curl', copyable(curl, 'Shell')),
	]
}

const mark = (name, value) => (value == null ? 'none' : el(name, typeof value === 'string' ? value : JSON.stringify(value)))

/** @param {Entry} entry */
const expectation = (entry) => Object.fromEntries(['dialect', 'operation', 'user', 'group', 'session', 'status']
	.filter((name) => entry[name] != null).map((name) => [name, entry[name]]))

export function expect(filter) {
	const match = el('input', { value: filterText(filter) })
	const times = el('input', { value: '>=1' })
	const [text, result] = [el('div'), el('div', { role: 'status' })]
	const body = () => ({ match: parseFilter(match.value), count: times.value })
	const show = () => fill(text, copyable(JSON.stringify(body(), null, 2), 'POST /_idouble/journal/expect'))
	const check = async () => {
		const { met, matched, expected, closest } = await post('/journal/expect', {}, body())
		fill(result, el(met ? 'p.good' : 'p.bad', `${met ? 'Met' : 'Not met'}: expected ${expected}, found ${matched}.`), closest && [
			el('h3', 'The nearest request: ', el('a', { href: link('requests', { sel: closest.entry.seq }) }, operationName(closest.entry))),
			table(['Field', 'Expected', 'Found'], closest.differs.map(({ field, expected, found }) => [field, mark('ins', expected), mark('del', found)])),
		])
	}
	show()
	openDialog('Expectation', [
		el('div', { input: show }, field('Requests with', match, FIELDS), field('Expected number', times, 'Such as 2, >=1, <=3 or 2..4')),
		el('div.actions', button('Check', () => attempt(check), { class: 'primary' })), result, text,
	])
}

/** Says why a rule fired for a request, or did not. @param {number} [seq] */
export async function explain(seq, id = '') {
	const { faults } = await get('/faults')
	const { entries } = await get('/journal', {}, { limit: 50, before: seq && seq + 1 })
	if (faults.length === 0 || entries.length === 0) throw new Error('There is no rule, or no request yet')
	const result = el('div', { role: 'status' })
	const change = () => attempt(async () => {
		const { fired, reason, conditions } = await post('/faults/explain', {}, { seq: Number(request.value), id: rule.value })
		fill(result, el(fired ? 'p.good' : 'p.bad', fired ? 'It fired.' : 'It did not fire: ', !fired && reason),
			table(['Condition', 'Expected', 'Found', 'Holds'], conditions.map(({ path, expected, found, holds }) =>
				[path, expected, found ?? 'none', holds == null ? 'unknown' : holds ? el('span.good', 'yes') : el('span.bad', 'no')])))
	})
	const rule = select({ change }, faults.map(({ id }) => [id]), id)
	const request = select({ change }, entries.map((entry) =>
		[String(entry.seq), [clockTime(entry.time), CLOUDS[entry.dialect], operationName(entry), subject(entry) ?? ''].join('  ')]), String(seq))
	openDialog('Why did a rule fire, or not?', [field('Rule', rule), field('Request', request), result])
	change()
}
