export type { components, operations, paths } from './api'
export { findBinary } from './binary'
export { type CallOptions, Control, ControlError, type ControlPath } from './control'
export { Fault, type FaultEffect, type FaultOptions, type FaultRule, type FaultSelector } from './fault'
export {
  type ExpectedCount,
  type ExpectOptions,
  Journal,
  type JournalEntry,
  type JournalFilter,
} from './journal'
export { type FlagValue, Server, type ServerOptions } from './server'
export { type AwsConfig, type HuaweiConfig, Store, type StoreOptions } from './store'
