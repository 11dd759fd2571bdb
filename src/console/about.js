// @ts-check
/** Lines for each SDK, health, settings and metrics. */

import { call, LivePage } from './api.js'
import { copyable, el, fill, number, pairs, table } from './dom.js'

class AboutPage extends LivePage {
	query = { rate: 1 }

	build() {
		this.start()
	}

	show() {}

	async load() {
		const [health, { settings }, metrics] = await Promise.all([
			call('get', '/_idouble/health'), call('get', '/_idouble/config'), fetch('/_idouble/metrics').then((reply) => reply.text())])
		const panel = (title, ...content) => el('section.panel', {}, el('h2', {}, title), content)
		const scroll = (label, content) => el('div.scroll', { tabindex: 0, role: 'group', 'aria-label': label }, content)
		fill(this, el('div.panels', {},
			panel('Connect an SDK', sdkLines()),
			panel('Server', pairs([['Version', health.version], ['Status', health.status], ['Up', `${number(health.uptime_s)} s`], ['Clouds', health.dialects.join(', ')],
				['Stores', number(health.stores)], ['Users', number(health.users)], ['Seed', health.seed]]),
			el('div.actions', {}, el('a.button', { href: '/_idouble/openapi.json' }, 'OpenAPI'), el('a.button', { href: '/_idouble/' }, 'Control API'),
				el('a.button', { href: '/_idouble/metrics' }, 'Prometheus'))),
			panel('Settings', scroll('Settings', table(['Setting', 'Value', 'Source'],
				settings.map(({ key, value, source }) => [key, el('code', {}, JSON.stringify(value)), source === 'default' ? source : el('b', {}, source)])))),
			panel('Metrics', scroll('Metrics', table(['Name', 'Value'], values(metrics))))))
	}
}

/** Values of the text format of Prometheus, without zeros and histograms. @param {string} text */
const values = (text) => [...text.matchAll(/^idouble_(?!.*_(?:bucket|sum)\b)(.+) (\S+)$/gm)].filter(([, , value]) => value !== '0')
	.map(([, name, value]) => [name.replace(/{|}|\w+="([^"]*)",?/g, ' $1'), number(Number(value))])

function sdkLines() {
	const { origin, port } = location
	const lines = {
		'Shell, for every tool': `eval "$(idouble env --port ${port})"`,
		'Python (boto3)': `boto3.client("identitystore", endpoint_url="${origin}", region_name="us-east-1",\n             aws_access_key_id="idouble", aws_secret_access_key="idouble")`,
		'JavaScript (AWS)': `new IdentitystoreClient({ endpoint: '${origin}', region: 'us-east-1',\n  credentials: { accessKeyId: 'idouble', secretAccessKey: 'idouble' } })`,
		'Java (AWS)': `IdentitystoreClient.builder().endpointOverride(URI.create("${origin}")).build()`,
		'Go (AWS)': `func(o *identitystore.Options) { o.BaseEndpoint = aws.String("${origin}") }`,
		'Python (Huawei Cloud)': `IdentityCenterStoreClient.new_builder().with_credentials(credentials).with_endpoints(["${origin}"]).build()`,
		'Terraform (AWS)': `provider "aws" {\n  region = "us-east-1"\n  endpoints {\n    identitystore = "${origin}"\n    ssoadmin      = "${origin}"\n  }\n}`,
	}
	return Object.entries(lines).map(([title, text], at) => el('details', { name: 'sdk', open: at === 0 }, el('summary', {}, title), copyable(text)))
}

customElements.define('about-page', AboutPage)
