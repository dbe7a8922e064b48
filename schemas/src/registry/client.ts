/**
 * What we ask of a schema registry: typed answers, a bound on time, and errors that say what to do. Registering a schema
 * and finding the id of ours go through `@kafkajs/confluent-schema-registry`; what its public interface does not have is
 * asked in `rest.ts` (ADR 24). Its decoding is not used: ours is bounded.
 */
import { type COMPATIBILITY, SchemaRegistry, SchemaType } from "@kafkajs/confluent-schema-registry"
import { SchemaRegistryError } from "./error.ts"
import { AnswerError, restOf } from "./rest.ts"
import type { RegistrySettings } from "./settings.ts"

const CALL_MS = 10_000

/** A version of a subject. */
export interface Version {
  readonly id: number
  readonly version: number
  /** Avro, JSON text. */
  readonly schema: string
}

export interface RegistryClient {
  readonly url: string
  subjects(): Promise<ReadonlyArray<string>>
  /** The id of this schema under the subject; null where that has it not, or does not exist. */
  find(subject: string, schema: string): Promise<number | null>
  /** The newest version; null where the subject does not exist. */
  latest(subject: string): Promise<Version | null>
  /** Null where that version was deleted. */
  version(subject: string, version: number): Promise<Version | null>
  /** Registers the schema, which must define a named type, or finds it registered. @returns its id */
  register(subject: string, schema: string): Promise<number>
  /** The subject's own level, or what the registry applies where it has none; null where the registry does not say. */
  compatibility(subject: string): Promise<string | null>
  setCompatibility(subject: string, level: string): Promise<void>
}

type Options = ConstructorParameters<typeof SchemaRegistry>[0]
type Middleware = NonNullable<Options["middlewares"]>[number]

const within =
  (ms: number): Middleware =>
  () => ({
    prepareRequest: async (next) => (await next()).enhance({ signal: AbortSignal.timeout(ms) }),
  })

const connect = ({ url, user, password }: RegistrySettings, callMs: number): SchemaRegistry =>
  new SchemaRegistry({
    host: url,
    clientId: "assay",
    // Who calls knows better how long to go on trying.
    retry: { retries: 0 },
    middlewares: [within(callMs)],
    ...(user === null || password === null ? {} : { auth: { username: user, password } }),
  })

const statusOf = (error: unknown): number | undefined => (error as { status?: number }).status

/** The package puts the client's name before what the registry said; `fetch` says why only in the cause. */
const said = (error: Error): string => {
  const { message } = error.cause instanceof Error ? error.cause : error
  return message.replace(/^assay - (Error, status 400: )?/, "").slice(0, 500)
}

const explain = (url: string, what: string, error: Error): SchemaRegistryError => {
  const status = statusOf(error)
  const where = `the schema registry at ${url} (SCHEMA_REGISTRY_URL)`
  if (status === 401 || status === 403) {
    return new SchemaRegistryError(
      "refused",
      `${where} refused ${what} (status ${status}): check SCHEMA_REGISTRY_USER and SCHEMA_REGISTRY_PASSWORD, and what that user may do there`,
      error,
    )
  }
  if (status === 409) return new SchemaRegistryError("incompatible", `${where} refused ${what}: ${said(error)}`, error)
  return new SchemaRegistryError("unavailable", `${where} could not be asked for ${what}: ${said(error)}`, error)
}

const isId = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) > 0 && (value as number) < 2 ** 31

const readVersion = (answer: unknown): Version | null => {
  const { id, version, schema } = answer as Record<string, unknown>
  return isId(id) && Number.isInteger(version) && typeof schema === "string"
    ? { id, version: version as number, schema }
    : null
}

const readLevel = (answer: unknown): string | null => {
  const { compatibilityLevel } = answer as Record<string, unknown>
  return typeof compatibilityLevel === "string" ? compatibilityLevel.toUpperCase() : null
}

/** @param callMs bounds each call, from connecting to the last byte */
export const registryClient = (settings: RegistrySettings, callMs = CALL_MS): RegistryClient => {
  const { url } = settings
  const client = connect(settings, callMs)
  const ask = restOf(settings, callMs)

  /** @param read gives null for what no registry answers */
  const call = async <T>(
    what: string,
    asking: () => Promise<unknown>,
    read: (answer: unknown) => T | null,
  ): Promise<T> => {
    let answer: unknown
    try {
      answer = await asking()
    } catch (cause) {
      throw explain(url, what, cause as Error)
    }
    const value = answer === undefined || answer === null ? null : read(answer)
    if (value !== null) return value
    // A proxy's page, a portal's login: whatever it is, it says nothing of our schemas.
    throw new SchemaRegistryError(
      "unavailable",
      `${url} (SCHEMA_REGISTRY_URL) answered as no schema registry does when asked for ${what}`,
    )
  }

  /** Null where there is none such. */
  const orNull = <T>(answer: Promise<T>): Promise<T | null> =>
    answer.catch((error: SchemaRegistryError) => {
      if (error.cause instanceof AnswerError && error.cause.status === 404) return null
      throw error
    })

  const subjectPath = (subject: string): string => `/subjects/${encodeURIComponent(subject)}/versions`
  const configPath = (subject: string): string => `/config/${encodeURIComponent(subject)}`
  const compatibility = (subject: string): Promise<string | null> =>
    orNull(call(`the compatibility of ${subject}`, () => ask(configPath(subject)), readLevel))

  return {
    url,
    subjects: () =>
      call(
        "its subjects",
        () => ask("/subjects"),
        (answer) => (Array.isArray(answer) ? answer.map(String) : null),
      ),
    find: async (subject, schema) => {
      const asked = { type: SchemaType.AVRO as const, schema }
      const found = call(
        `our schema of ${subject}`,
        () => client.getRegistryIdBySchema(subject, asked),
        (id) => (isId(id) ? id : null),
      )
      return found.catch((error: SchemaRegistryError) => {
        // The package has this error for a 404 alone. All others bear their status.
        if ((error.cause as Error | undefined)?.name === "ConfluentSchemaRegistryError") return null
        throw error
      })
    },
    latest: (subject) =>
      orNull(call(`the newest version of ${subject}`, () => ask(`${subjectPath(subject)}/latest`), readVersion)),
    version: (subject, version) =>
      orNull(call(`version ${version} of ${subject}`, () => ask(`${subjectPath(subject)}/${version}`), readVersion)),
    register: async (subject, schema) => {
      // The package refuses to register under another level than it is given. Levels are set apart from that.
      const level = (await compatibility(subject)) as COMPATIBILITY | null
      return call(
        `a new version of ${subject}`,
        () =>
          client.register(
            { type: SchemaType.AVRO, schema },
            { subject, updateConfig: false, ...(level === null ? {} : { compatibility: level }) },
          ),
        (answer) => {
          const { id } = answer as { id?: unknown }
          return isId(id) ? id : null
        },
      )
    },
    compatibility,
    setCompatibility: async (subject, level) => {
      await call(
        `the compatibility ${level} of ${subject}`,
        () => ask(configPath(subject), { method: "PUT", body: { compatibility: level } }),
        (answer) => answer,
      )
    },
  }
}
