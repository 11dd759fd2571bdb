// @ts-check
/** The form of a fault rule. Its fields and choices come from the JSON Schema of a rule. */

/** @typedef {Record<string, any>} Schema */

import { get, post } from './api.js'
import { copyable, el, field, fill, select, soon } from './dom.js'
import { go } from './route.js'

/** A title, and the members that are not behind "More". */
const SECTIONS = {
	on: ['Which requests', 'op', 'user'],
	when: ['How often', 'p', 'first', 'pattern'],
	do: ['What happens', 'error', 'wire', 'delay', 'commit'],
	for: ['For how long', 'times', 'time'],
}

const INITIAL = { 'on.op': '*:UpdateUser', 'when.first': '1', 'do.error': 'throttle' }

/** The alternatives. @returns {Schema[]} */
const forms = (schema) => (schema.anyOf ?? schema.oneOf ?? []).flatMap(forms).concat(schema)

const allows = (schema, type) => forms(schema).some((form) => [form.type].flat().includes(type))

/** @returns {Schema} */
const withoutReferences = (schema, definitions) => JSON.parse(JSON.stringify(schema), (_, value) =>
	(value?.$ref ? withoutReferences(definitions[value.$ref.split('/').at(-1)], definitions) : value))

/** @returns {Schema} */
const members = (schema, section) => forms(schema.properties[section]).find((form) => form.properties)?.properties

function input(name, schema) {
	const choices = forms(schema).flatMap((form) => form.enum ?? form.const ?? []).filter(Boolean)
	if (choices.length > 0) return select({ name }, ['', ...choices].map((choice) => [choice, choice || '–']), INITIAL[name])
	return el('input', allows(schema, 'boolean') ? { name, type: 'checkbox' }
		: { name, value: INITIAL[name], list: name === 'on.op' && 'operations' })
}

function parse(text, schema) {
	if (allows(schema, 'boolean')) return true
	if (/^[[{]/.test(text)) return JSON.parse(text)
	return (allows(schema, 'number') || allows(schema, 'integer')) && !isNaN(text) ? Number(text) : text
}

function read(form, schema) {
	const rule = {}
	for (const [path, text] of new FormData(form)) {
		if (text === '') continue
		const [section, name] = path.split('.')
		if (name) (rule[section] ??= {})[name] = parse(text, members(schema, section)[name])
		else rule[path] = parse(text, schema.properties[path])
	}
	return { on: '*', ...rule }
}

export async function ruleForm() {
	const { components, paths } = /** @type {Schema} */ (await get('/openapi.json'))
	const schema = withoutReferences(components.schemas.Rule, components.schemas)
	const ids = Object.values(paths).flatMap((path) => Object.values(path)).map(({ operationId }) => operationId)
	const operations = ids.filter((id) => id?.startsWith('huawei_')).map((id) => id.replace('huawei_', '*:'))
	const [toml, draws, problem] = [el('div'), el('p'), el('p.error', { role: 'alert' })]

	const tried = async (action) => {
		try {
			await action(read(form, schema))
			problem.textContent = ''
		} catch (error) {
			problem.textContent = error.message
		}
	}
	const preview = () => tried(async (rule) => {
		fill(toml, copyable((await post('/faults/toml', {}, { rule })).toml, 'idouble.toml'))
		fill(draws, strip((await post('/faults/preview', {}, { rule, n: 20 })).pattern))
	})
	const submit = (event) => {
		event.preventDefault()
		tried(async (body) => {
			await post('/faults', {}, body)
			go('#faults')
		})
	}
	const section = ([name, [title, ...first]]) => {
		const all = members(schema, name)
		const fields = (names) => el('div.columns', names.map((member) => field(member, input(`${name}.${member}`, all[member]),
			all[member].description?.split('\n\n')[0].replaceAll('`', ''))))
		return el('fieldset', el('legend', title), fields(first),
			el('details', el('summary', 'More'), fields(Object.keys(all).filter((member) => !first.includes(member)))))
	}
	const form = el('form', { submit, input: soon(preview), autocomplete: 'off' },
		el('datalist', { id: 'operations' }, ['*', 'read', 'write', ...operations].map((value) => el('option', { value }))),
		Object.entries(/** @type {Schema} */ (SECTIONS)).map(section),
		el('fieldset', el('legend', 'Rule'), el('div.columns',
			field('name', el('input', { name: 'id' }), 'Generated if empty'),
			field('expect', el('input', { name: 'expect' }), 'Number of hits that the verdict wants, such as 2 or >=1'))),
		el('h3', 'The next 20 matching requests'), draws, toml, problem,
		el('div.actions', el('button.primary', 'Add the rule')))
	preview()
	return form
}

export const strip = (pattern) => el('span.strip', { role: 'img', 'aria-label': `Draws: ${pattern}`, title: pattern },
	[...pattern].map((draw) => el(draw === 'x' ? 'i.hit' : 'i')))
