export { type FetchFailure, type FetchOptions, type FetchReason, type Get, getter, type Place } from "./fetch/get.ts"
export { type AllowedHost, type Hosts, hostsOf } from "./fetch/hosts.ts"
export { type Look, type LookOptions, looker, type NotHad } from "./look.ts"
export { type ResolverOptions, type RunningResolver, startResolver } from "./process/start.ts"
