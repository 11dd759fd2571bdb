// @ts-check
/** The form of a fault rule. Its fields and choices come from the JSON Schema of a rule. */

/** @typedef {Record<string, any>} Schema */

import { call } from './api.js'
import { copyable, el, field, fill, select, soon } from './dom.js'
import { go } from './route.js'

/** The tables of a rule: title, and the members that are not behind "More". */
const SECTIONS = {
	on: ['Which requests', 'op', 'user'],
	when: ['How often', 'p', 'first', 'pattern'],
	do: ['What happens', 'error', 'wire', 'delay', 'commit'],
	for: ['For how long', 'times', 'time'],
}

const INITIAL = { 'on.op': '*:UpdateUser', 'when.first': '1', 'do.error': 'throttle' }

/** The alternatives of a schema. @param {Schema} schema @returns {Schema[]} */
const forms = (schema) => (schema.anyOf ?? schema.oneOf ?? []).flatMap(forms).concat(schema)

const allows = (schema, type) => forms(schema).some((form) => [form.type].flat().includes(type))

/** A copy with the definitions instead of references to them. @returns {Schema} */
const withoutReferences = (schema, definitions) => JSON.parse(JSON.stringify(schema), (_, value) =>
	(value?.$ref ? withoutReferences(definitions[value.$ref.split('/').at(-1)], definitions) : value))

/** The members of a section. @returns {Record<string, Schema>} */
const members = (schema, section) => forms(schema.properties[section]).find((form) => form.properties)?.properties

function input(name, schema) {
	const choices = forms(schema).flatMap((form) => form.enum ?? form.const ?? []).filter(Boolean)
	if (choices.length > 0) return select({ name }, ['', ...choices].map((choice) => [choice, choice || '–']), INITIAL[name])
	return el('input', allows(schema, 'boolean') ? { name, type: 'checkbox' }
		: { name, value: INITIAL[name], autocomplete: 'off', spellcheck: 'false', list: name === 'on.op' && 'operations' })
}

function parse(text, schema) {
	if (allows(schema, 'boolean')) return true
	if (/^[[{]/.test(text)) return JSON.parse(text)
	return (allows(schema, 'number') || allows(schema, 'integer')) && !isNaN(text) ? Number(text) : text
}

/** The rule that a form describes. */
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

/** The form of a new rule, with the rule as TOML and a preview of its draws. */
export async function ruleForm() {
	const { components, paths } = /** @type {Schema} */ (await call('get', '/_idouble/openapi.json'))
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
		fill(toml, copyable((await call('post', '/_idouble/faults/toml', { body: { rule } })).toml, 'idouble.toml'))
		fill(draws, strip((await call('post', '/_idouble/faults/preview', { body: { rule, n: 20 } })).pattern))
	})
	const submit = (event) => {
		event.preventDefault()
		tried(async (body) => {
			await call('post', '/_idouble/faults', { body })
			go('#faults')
		})
	}
	const section = ([name, [title, ...first]]) => {
		const all = members(schema, name)
		const fields = (names) => el('div.columns', {}, names.map((member) => field(member, input(`${name}.${member}`, all[member]),
			all[member].description?.split('\n\n')[0].replaceAll('`', ''))))
		return el('fieldset', {}, el('legend', {}, title), fields(first),
			el('details', {}, el('summary', {}, 'More'), fields(Object.keys(all).filter((member) => !first.includes(member)))))
	}
	const form = el('form', { submit, input: soon(preview) },
		el('datalist', { id: 'operations' }, ['*', 'read', 'write', ...operations].map((value) => el('option', { value }))),
		Object.entries(/** @type {Schema} */ (SECTIONS)).map(section),
		el('fieldset', {}, el('legend', {}, 'Rule'), el('div.columns', {},
			field('name', el('input', { name: 'id', autocomplete: 'off' }), 'Generated if empty'),
			field('expect', el('input', { name: 'expect', autocomplete: 'off' }), 'Number of hits that the verdict wants, such as 2 or >=1'))),
		el('h3', {}, 'The next 20 matching requests'), draws, toml, problem,
		el('div.actions', {}, el('button.primary', {}, 'Add the rule')))
	preview()
	return form
}

/** Draws, one mark each. @param {string} pattern */
export const strip = (pattern) => el('span.strip', { role: 'img', 'aria-label': `Draws: ${pattern}`, title: pattern },
	[...pattern].map((draw) => el(draw === 'x' ? 'i.hit' : 'i')))
