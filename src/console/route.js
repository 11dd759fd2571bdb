// @ts-check
/** The address: `#requests?status=4xx&sel=467` is a page and its parameters. All that a page shows is in it. */

export function route() {
	const [page, query = ''] = location.hash.slice(1).split(/\?(.*)/s)
	return { page, params: new URLSearchParams(query) }
}

/** The address of a page; a parameter without a value is left out. */
export function link(page, params = {}) {
	const filled = Object.entries(params).filter(([, value]) => value != null && value !== '')
	return address(page, new URLSearchParams(filled.map(([name, value]) => [name, String(value)])))
}

/** The address of the current page with other parameters. */
export function linkWith(changes) {
	const { page, params } = route()
	for (const [name, value] of Object.entries(changes)) {
		if (value == null || value === '') params.delete(name)
		else params.set(name, value)
	}
	return address(page, params)
}

/** @param {string} page @param {URLSearchParams} params */
export const address = (page, params) => (params.size > 0 ? `#${page}?${params}` : `#${page}`)

/** Opens an address of the console. While the user types, `replace` adds nothing to the history. */
export function go(to, replace = false) {
	if (to === location.hash) return
	if (!replace) location.hash = to
	else {
		history.replaceState(null, '', to)
		dispatchEvent(new Event('hashchange'))
	}
}
