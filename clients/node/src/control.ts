import type { paths } from './api'

type Method = 'get' | 'put' | 'post' | 'delete'
type Prefix = '/_idouble'

/** The operation of a path and a method in the OpenAPI document. */
type Operation<Path extends keyof paths, M extends Method> = paths[Path][M]

type JsonBody<T> = T extends { requestBody?: { content: { 'application/json': infer Body } } } ? Body : never

type JsonReply<T> = T extends { responses: infer Responses }
  ? {
      [Status in keyof Responses & (200 | 201 | 409)]: Responses[Status] extends {
        content: { 'application/json': infer Reply }
      }
        ? Reply
        : never
    }[keyof Responses & (200 | 201 | 409)]
  : never

/** An error response of the control API. */
export class ControlError extends Error {
  override readonly name = 'ControlError'

  constructor(
    message: string,
    /** The status of the response. */
    readonly status: number,
    /** Each invalid part of the request, with what would be right. */
    readonly details: readonly string[],
  ) {
    super([message, ...details.map((detail) => `  ${detail}`)].join('\n'))
  }
}

/** Options of a control call. */
export interface CallOptions<Body> {
  /** The id in the path. */
  id?: string
  /** Query parameters. */
  query?: Record<string, string>
  /** The JSON body. */
  body?: Body
}

/** The control API of a server, typed by its OpenAPI document. */
export class Control {
  constructor(
    /** The URL of the server. */
    readonly url: string,
  ) {}

  /**
   * Sends a call, such as `call('get', '/stores')` or `call('delete', '/stores/{id}', { id })`.
   *
   * A verdict or an expectation that is not met is a reply and not an error.
   *
   * @throws {ControlError} The server rejects the call.
   */
  async call<M extends Method, Path extends ControlPath>(
    method: M,
    path: Path,
    options: CallOptions<JsonBody<Operation<`${Prefix}${Path}`, M>>> = {},
  ): Promise<JsonReply<Operation<`${Prefix}${Path}`, M>>> {
    const url = new URL(`/_idouble${path.replace('{id}', encodeURIComponent(options.id ?? ''))}`, this.url)
    url.search = new URLSearchParams(options.query ?? {}).toString()
    const response = await fetch(url, {
      method: method.toUpperCase(),
      headers: { 'content-type': 'application/json', ...authorization() },
      ...(method === 'get' ? {} : { body: JSON.stringify(options.body ?? {}) }),
    })
    const text = await response.text()
    const isUnmet = response.status === 409 && 'met' in parseObject(text)
    if (!response.ok && !isUnmet) {
      const { error, details } = parseObject(text) as { error?: string; details?: string[] }
      throw new ControlError(error ?? `status ${response.status}`, response.status, details ?? [])
    }
    return JSON.parse(text)
  }
}

/** The token of the control API, if the server needs one. */
function authorization(): Record<string, string> {
  const token = process.env.IDOUBLE_CONTROL_TOKEN
  return token ? { authorization: `Bearer ${token}` } : {}
}

/** A path of the control API. */
export type ControlPath = keyof paths extends infer Path
  ? Path extends `${Prefix}${infer Rest}`
    ? Rest
    : never
  : never

function parseObject(text: string): object {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}
