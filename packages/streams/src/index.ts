export { changelogOf, SIEM_STREAMS, STAGE_STREAMS, STREAMS, type StreamName } from "./names.ts"
export { RETENTION, type Retention } from "./retention.ts"
export { ROLES, type Role } from "./roles.ts"
export { ALL_STREAMS, type StreamKind, type StreamSpec, streamSpecs } from "./specs.ts"
