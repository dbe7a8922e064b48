/**
 * The REST calls that we use, over the client of `@kafkajs/confluent-schema-registry`: typed answers, a bound on time, and
 * errors that say what to do. The package's own caches are not used: they keep no failed look-up, and no bound.
 */
import { createRequire } from "node:module"
import type api from "@kafkajs/confluent-schema-registry/dist/api/index.js"
import type { SchemaRegistryAPIClient } from "@kafkajs/confluent-schema-registry/dist/api/index.js"
import { SchemaRegistryError } from "./error.ts"
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
  /** The subject's version that is this schema; null where it has none such, or does not exist. */
  find(subject: string, schema: string): Promise<Version | null>
  /** The newest version; null where the subject does not exist. */
  latest(subject: string): Promise<Version | null>
  /** Null where that version was deleted. */
  version(subject: string, version: number): Promise<Version | null>
  /** Registers the schema, or finds it registered. @returns its id */
  register(subject: string, schema: string): Promise<number>
  /** The subject's own level, or what the registry applies where it has none; null where the registry does not say. */
  compatibility(subject: string): Promise<string | null>
  setCompatibility(subject: string, level: string): Promise<void>
}

/** What the package throws, an answer other than 2xx or none at all (status 400 and up is the registry's). */
interface ResponseError extends Error {
  readonly status?: number
}

type CreateApi = typeof api.default
type Middleware = NonNullable<Parameters<CreateApi>[0]["middlewares"]>[number]

const within =
  (ms: number): Middleware =>
  () => ({
    prepareRequest: async (next) => (await next()).enhance({ signal: AbortSignal.timeout(ms) }),
  })

// Only this module of the package: its root loads the formats that we do not use. Required, because loaders differ in what
// the default import of such a CommonJS module is.
const { default: createApi } = createRequire(import.meta.url)(
  "@kafkajs/confluent-schema-registry/dist/api/index.js",
) as { readonly default: CreateApi }

const connect = ({ url, user, password }: RegistrySettings, callMs: number): SchemaRegistryAPIClient =>
  createApi({
    host: url,
    clientId: "assay",
    // Who calls knows better how long to go on trying.
    retry: { retries: 0 },
    middlewares: [within(callMs)],
    ...(user === null || password === null ? {} : { auth: { username: user, password } }),
  })

/** The package puts the client's name before what the registry said. */
const said = (error: Error): string => error.message.replace(/^assay - (Error, status 400: )?/, "").slice(0, 500)

const explain = (url: string, what: string, error: ResponseError): SchemaRegistryError => {
  const { status } = error
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

/** @param callMs bounds each call, from connecting to the last byte */
export const registryClient = (settings: RegistrySettings, callMs = CALL_MS): RegistryClient => {
  const client = connect(settings, callMs)
  const { url } = settings

  const call = async <T>(
    what: string,
    ask: () => Promise<{ data(): unknown }>,
    read: (data: Record<string, unknown>) => T | null,
  ): Promise<T> => {
    let data: unknown
    try {
      data = (await ask()).data()
    } catch (cause) {
      throw explain(url, what, cause as ResponseError)
    }
    const value = typeof data === "object" && data !== null ? read(data as Record<string, unknown>) : null
    if (value !== null) return value
    // A proxy's page, a portal's login: whatever it is, it says nothing of our schemas.
    throw new SchemaRegistryError(
      "unavailable",
      `${url} (SCHEMA_REGISTRY_URL) answered as no schema registry does when asked for ${what}`,
    )
  }

  const orNull = async <T>(answer: Promise<T>): Promise<T | null> =>
    answer.catch((cause: SchemaRegistryError) => {
      if ((cause.cause as ResponseError | undefined)?.status === 404) return null
      throw cause
    })

  const readVersion = ({ id, version, schema }: Record<string, unknown>): Version | null =>
    isId(id) && Number.isInteger(version) && typeof schema === "string"
      ? { id, version: version as number, schema }
      : null

  return {
    url,
    subjects: () =>
      call(
        "its subjects",
        () => client.Subject.all({}),
        (data) => (Array.isArray(data) ? data.map(String) : null),
      ),
    find: (subject, schema) =>
      orNull(
        call(`our schema of ${subject}`, () => client.Subject.registered({ subject, body: { schema } }), readVersion),
      ),
    latest: (subject) =>
      orNull(call(`the newest version of ${subject}`, () => client.Subject.latestVersion({ subject }), readVersion)),
    version: (subject, version) =>
      orNull(call(`version ${version} of ${subject}`, () => client.Subject.version({ subject, version }), readVersion)),
    register: (subject, schema) =>
      call(
        `a new version of ${subject}`,
        () => client.Subject.register({ subject, body: { schema } }),
        ({ id }) => (isId(id) ? id : null),
      ),
    compatibility: (subject) =>
      orNull(
        call(
          `the compatibility of ${subject}`,
          () => client.Subject.config({ subject }),
          ({ compatibilityLevel }) =>
            typeof compatibilityLevel === "string" ? compatibilityLevel.toUpperCase() : null,
        ),
      ),
    setCompatibility: async (subject, level) => {
      await call(
        `the compatibility ${level} of ${subject}`,
        () => client.Subject.updateConfig({ subject, body: { compatibility: level } }),
        (data) => data,
      )
    },
  }
}
