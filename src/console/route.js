// @ts-check
/** The address has all that a page shows: `#requests?status=4xx&sel=467`. */

export function route() {
	const [page, text] = location.hash.slice(1).split(/\?(.*)/s)
	return { page, params: Object.fromEntries(new URLSearchParams(text)) }
}

/** A query. A parameter without a value is left out. */
export const query = (params) => String(new URLSearchParams(Object.entries(params).filter(([, value]) => value != null && value !== '')))

export const link = (page, params = {}) => `#${page}?${query(params)}`.replace(/\?$/, '')

/** The address of the current page with other parameters. */
export const linkWith = (changes) => link(route().page, { ...route().params, ...changes })

/** Opens an address; `replace` adds nothing to the history. */
export function go(to, replace = false) {
	if (to === location.hash) return
	if (!replace) location.hash = to
	else {
		history.replaceState(null, '', to)
		dispatchEvent(new Event('hashchange'))
	}
}
