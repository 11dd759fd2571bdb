// Types of the control API's calls, from the types that openapi-typescript makes of our OpenAPI document.

import type { components, paths } from '../../clients/node/src/api.js'

export type Schemas = components['schemas']
export type Entry = Schemas['JournalEntry']
export type Path = keyof paths
export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'

/** The methods of a path. */
export type MethodOf<P extends Path> = {
  [M in Method & keyof paths[P]]: paths[P][M] extends undefined ? never : M
}[Method & keyof paths[P]]

type Operation<P extends Path, M> = M extends keyof paths[P] ? NonNullable<paths[P][M]> : never
type Json<T> = T extends { content: { 'application/json': infer B } } ? B : undefined
type Success<R> = { [S in Exclude<keyof R, 'default'>]: Json<R[S]> }[Exclude<keyof R, 'default'>]

export interface Input<P extends Path, M> {
  /** The segments of the path. */
  path?: Operation<P, M> extends { parameters: { path: infer S } } ? S : never
  query?: (Operation<P, M> extends { parameters: { query?: infer Q } } ? NonNullable<Q> : never) | string[][]
  body?: Operation<P, M> extends { requestBody?: infer B } ? Partial<Json<NonNullable<B>>> : never
}

export type Reply<P extends Path, M> = Operation<P, M> extends { responses: infer R } ? Success<R> : never

/** What can be in an element: a text, another element, or nothing. */
export type Child = Node | string | number | null | undefined | false | Child[]

/** A page: a custom element that shows the parameters of the address. */
export interface Page extends HTMLElement {
  show(params: URLSearchParams): void
}
