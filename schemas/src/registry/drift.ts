/** What a registry has of our subjects, and putting it right: the two halves of `assay schemas`. */
import { schemaOf } from "../load.ts"
import type { RegistryClient, Version } from "./client.ts"
import type { Subject } from "./subjects.ts"

export interface SubjectState {
  readonly subject: string
  readonly stream: string
  readonly schema: string
  /** Our schema's id and version there; null where the subject has it not. */
  readonly id: number | null
  readonly version: number | null
  /** The newest version; null where the subject does not exist. More than `version` while a later Assay is rolled out. */
  readonly latest: number | null
  /** As the registry says; null where it does not. */
  readonly compatibility: string | null
  readonly wanted: string
  /** Empty where all is as it should be. */
  readonly drift: ReadonlyArray<"missing" | "other-schema" | "other-compatibility">
}

const ours = ({ schema }: Subject): string => JSON.stringify(schemaOf(schema))

/** The number of the version with that id. Ours is the newest, or one of the few that came before a later Assay. */
const versionOf = async (
  client: RegistryClient,
  subject: string,
  id: number,
  latest: Version,
): Promise<number | null> => {
  if (latest.id === id) return latest.version
  for (let number = latest.version - 1; number > 0; number--) {
    if ((await client.version(subject, number))?.id === id) return number
  }
  return null
}

const inspect = async (client: RegistryClient, wanted: Subject): Promise<SubjectState> => {
  const { subject, stream, schema } = wanted
  const latest = await client.latest(subject)
  const found = latest === null ? null : await client.find(subject, ours(wanted))
  const version = latest === null || found === null ? null : await versionOf(client, subject, found, latest)
  const compatibility = await client.compatibility(subject)
  return {
    subject,
    stream,
    schema,
    id: found,
    version,
    latest: latest?.version ?? null,
    compatibility,
    wanted: wanted.compatibility,
    drift: [
      ...(latest === null ? (["missing"] as const) : found === null ? (["other-schema"] as const) : []),
      ...(latest !== null && compatibility !== wanted.compatibility ? (["other-compatibility"] as const) : []),
    ],
  }
}

/**
 * Compares every subject with what this build has. Changes nothing.
 * @throws SchemaRegistryError
 */
export const checkSubjects = async (
  client: RegistryClient,
  subjects: ReadonlyArray<Subject>,
): Promise<ReadonlyArray<SubjectState>> => {
  // Whatever stands at a wrong address says 404 to everything, as a registry does for a subject that is missing.
  await client.subjects()
  const states: Array<SubjectState> = []
  for (const subject of subjects) states.push(await inspect(client, subject))
  return states
}

export interface AppliedSubject extends SubjectState {
  readonly registered: boolean
  readonly compatibilitySet: boolean
}

/** Registers and sets what differs, and nothing else. An existing subject gets its level first, so that it is checked under it. */
const applyTo = async (client: RegistryClient, wanted: Subject): Promise<AppliedSubject> => {
  const before = await inspect(client, wanted)
  const level = before.compatibility !== wanted.compatibility
  if (level) await client.setCompatibility(wanted.subject, wanted.compatibility)
  if (before.id === null) await client.register(wanted.subject, ours(wanted))
  let after = await inspect(client, wanted)
  if (after.drift.includes("other-compatibility")) {
    // Some registries take a level only for a subject that exists.
    await client.setCompatibility(wanted.subject, wanted.compatibility)
    after = await inspect(client, wanted)
  }
  return { ...after, registered: before.id === null, compatibilitySet: level }
}

/**
 * Registers the schemas of this build and sets the compatibility of their subjects. Done twice, it changes nothing.
 * @throws SchemaRegistryError: `incompatible` where the registry refuses a schema. The subjects before it are done.
 */
export const applySubjects = async (
  client: RegistryClient,
  subjects: ReadonlyArray<Subject>,
): Promise<ReadonlyArray<AppliedSubject>> => {
  await client.subjects()
  const applied: Array<AppliedSubject> = []
  for (const subject of subjects) applied.push(await applyTo(client, subject))
  return applied
}
