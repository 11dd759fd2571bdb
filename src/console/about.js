// @ts-check
/** Lines for each SDK, health, settings and metrics. */

import { get, LivePage, url } from './api.js'
import { code, copyable, el, fill, linkButton, number, pairs, panel, table } from './dom.js'

class AboutPage extends LivePage {
	async load() {
		const [health, { settings }, metrics] = await Promise.all([
			get('/health'), get('/config'), fetch(url('/metrics')).then((reply) => reply.text())])
		fill(this, el('div.panels',
			panel('Connect an SDK', sdkLines()),
			panel('Server', pairs([['Version', health.version], ['Status', health.status], ['Up', `${number(health.uptime_s)} s`], ['Clouds', health.dialects.join(', ')],
				['Stores', number(health.stores)], ['Users', number(health.users)], ['Seed', health.seed]]),
			el('div.actions', linkButton('OpenAPI', url('/openapi.json')), linkButton('Control API', url('/')), linkButton('Prometheus', url('/metrics')))),
			panel('Settings', el('div.scroll', { tabindex: 0, role: 'group', 'aria-label': 'Settings' }, table(['Setting', 'Value', 'Source'],
				settings.map(({ key, value, source }) => [key, el('code', JSON.stringify(value)), source === 'default' ? source : el('b', source)])))),
			panel('Metrics', code(metrics.replaceAll(/^(#.*|.*_bucket.*|.*_sum.*|.* 0)\n/gm, '')))))
	}
}

function sdkLines() {
	const { origin, port } = location
	const lines = {
		'Shell, for every tool': `eval "$(idouble env --port ${port})"`,
		'Python (boto3)': `boto3.client("identitystore", endpoint_url="${origin}", region_name="us-east-1",\n             aws_access_key_id="idouble", aws_secret_access_key="idouble")`,
		'JavaScript (AWS)': `new IdentitystoreClient({ endpoint: '${origin}', region: 'us-east-1',\n  credentials: { accessKeyId: 'idouble', secretAccessKey: 'idouble' } })`,
		'Java (AWS)': `IdentitystoreClient.builder().endpointOverride(URI.create("${origin}")).build()`,
		'Go (AWS)': `func(o *identitystore.Options) { o.BaseEndpoint = aws.String("${origin}") }`,
		'Python (Huawei Cloud)': `IdentityCenterStoreClient.new_builder().with_credentials(credentials).with_endpoints(["${origin}"]).build()`,
	}
	return Object.entries(lines).map(([title, text], at) => el('details', { name: 'sdk', open: at === 0 }, el('summary', title), copyable(text)))
}

customElements.define('about-page', AboutPage)
