export type RegistryErrorCode = "unavailable" | "refused" | "not-registered" | "incompatible" | "misconfigured"

/**
 * What keeps us from working with the schema registry.
 *
 * - `unavailable`: it does not answer, or not as one. Try again; records wait meanwhile, and none is given up for it
 * - `refused`: it wants other credentials. For a running process as `unavailable`: somebody may put it right
 * - `not-registered`: a subject has not the schema of this build. `assay schemas apply` registers it
 * - `incompatible`: it would break the readers or writers of the subject; the registry refused it. Change the schema
 * - `misconfigured`: the setting that the message names is wrong
 */
export class SchemaRegistryError extends Error {
  readonly _tag = "SchemaRegistryError"
  override readonly name = "SchemaRegistryError"
  readonly code: RegistryErrorCode
  constructor(code: RegistryErrorCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}
