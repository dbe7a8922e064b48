/**
 * The schema registry, and the schemas as files. Apart from the package's root, so that what runs without a registry does
 * not load its client.
 */
export { type SchemaFile, schemaFiles } from "../export.ts"
export { type BindOptions, bindRegistry, type WireIds } from "./bind.ts"
export { type RegistryClient, registryClient, type Version } from "./client.ts"
export { type AppliedSubject, applySubjects, checkSubjects, type SubjectState } from "./drift.ts"
export { type RegistryErrorCode, SchemaRegistryError } from "./error.ts"
export { bindKept, type KeptSchemas, keepSchemas, readKept } from "./kept.ts"
export type { RegistrySettings } from "./settings.ts"
export { type Compatibility, STREAM_SCHEMAS, type Subject, type SubjectStream, subjectsOf } from "./subjects.ts"
export type { LookupLimits } from "./versions.ts"
