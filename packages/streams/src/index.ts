export { changelogOf, STAGE_STREAMS, STREAMS, type StreamName } from "./names.ts"
export { ROLES, type Role } from "./roles.ts"
export { ALL_STREAMS, RETENTION, type Retention, type StreamKind, type StreamSpec, streamSpecs } from "./specs.ts"
