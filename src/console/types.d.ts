// Types of the control API's calls, from the types that openapi-typescript makes of our OpenAPI document.

import type { components, paths } from '../../clients/node/src/api.js'

export type Schemas = components['schemas']
export type Entry = Schemas['JournalEntry']
export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'

/** The paths of a method, without `/_idouble`. */
export type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P][M] extends undefined ? never : P extends `/_idouble${infer Rest}` ? Rest : never
}[keyof paths]

type Operation<P extends string, M extends Method> = NonNullable<paths[`/_idouble${P}` & keyof paths][M]>
type Json<T> = T extends { content: { 'application/json': infer B } } ? B : undefined
type Segments<O> = O extends { parameters: { path: infer S } } ? S : {}
type Query<O> = O extends { parameters: { query?: infer Q } } ? NonNullable<Q> : {}
type Body<O> = O extends { requestBody?: infer B } ? Partial<Json<NonNullable<B>>> : never
type Reply<O> = O extends { responses: infer R } ? { [S in Exclude<keyof R, 'default'>]: Json<R[S]> }[Exclude<keyof R, 'default'>] : never

/** A function that makes a call, with the segments of its path and then its query or body. */
export type Call<M extends Method> = <P extends PathOf<M>>(
  path: P,
  segments?: Segments<Operation<P, M>>,
  data?: M extends 'get' ? Query<Operation<P, M>> : Body<Operation<P, M>>,
) => Promise<Reply<Operation<P, M>>>

export interface Calls {
  get: Call<'get'>
  post: Call<'post'>
  put: Call<'put'>
  patch: Call<'patch'>
  remove: Call<'delete'>
}

/** What can be in an element: a text, another element, or nothing. */
export type Child = Node | string | number | null | undefined | false | Child[]

/** A page: a custom element that shows the parameters of the address. */
export interface Page extends HTMLElement {
  show(params: Record<string, string>): void
}
