/** Opens the log that the configuration names, by either engine. */
import { type Log, LogSetupError, UnavailableError } from "@assay/log"
import { SchemaRegistryError } from "@assay/schemas"
import { ConfigurationError } from "@assay/settings"
import { ALL_STREAMS, ROLES, STREAMS } from "@assay/streams"
import type { LogConfiguration } from "./config.ts"
import { openDirectory } from "./kept-schemas.ts"
import { type RegistryConfiguration, registryAccess } from "./registry.ts"

export interface OpenLogOptions {
  /** Embedded: reads beside the process that writes. Kafka has no such mode: who takes no partition writes nothing. */
  readonly readOnly?: boolean
  /** Embedded: for a new directory. Kafka's partitions are those that `assay topics apply` made. */
  readonly partitions?: number
  /** Kafka: the roles (`ROLES` of @assay/streams) that the process has: only their topics are asked for. All where left out. */
  readonly roles?: ReadonlyArray<string>
  /** Kafka: in place of the roles, the very streams that it reads. */
  readonly streams?: ReadonlyArray<string>
  /** Kafka: what a member of a group meets and goes on from. */
  readonly onProblem?: (cause: unknown) => void
}

/**
 * @param dir the data directory of the embedded log; not used by Kafka
 * @throws DataDirError, LogSetupError, ConfigurationError: what is set is wrong, or no broker answers there
 */
export const openLog = async (
  { kafka, registry = null }: LogConfiguration,
  dir: string | null,
  options: OpenLogOptions = {},
): Promise<Log> => {
  const { readOnly = false, partitions, roles, streams: given, onProblem } = options
  if (kafka === null) {
    if (dir === null) throw new ConfigurationError("the embedded log needs a data directory: name one with --data")
    return openDirectory({ dir, readOnly, ...(partitions === undefined ? {} : { partitions }) })
  }
  // Loaded when it is needed: who has the embedded log needs no Kafka client.
  const { openKafka } = await import("@assay/log-kafka")
  const ofRoles = roles?.flatMap((role) => [...ROLES[role]!.read, ...ROLES[role]!.write])
  const streams = given ?? ofRoles ?? ALL_STREAMS
  const log = await openKafka({
    settings: kafka,
    streams,
    roles: ROLES,
    ...(onProblem === undefined ? {} : { onProblem }),
  }).catch((cause) => {
    // Nobody ever answered there: more likely a wrong address than an outage, and either way a person has to look.
    if (!(cause instanceof UnavailableError)) throw cause
    throw new LogSetupError(`KAFKA_BROKERS: nobody answers at ${kafka.brokers.join(", ")}: ${cause.message}`, { cause })
  })
  if (partitions === undefined || partitions === log.partitions)
    return registry === null ? log : registered(log, kafka.prefix, registry)
  await log.close()
  throw new ConfigurationError(
    `--partitions is ${partitions}, but the log has ${log.partitions}: they are fixed when assay topics apply makes it`,
  )
}

/** Loaded when it is needed, like the client of Kafka. */
const registered = async (log: Log, prefix: string, registry: RegistryConfiguration): Promise<Log> => {
  try {
    const [{ bindRegistry }, { registeredLog }] = await Promise.all([
      import("@assay/schemas/registry"),
      import("./registered.ts"),
    ])
    return registeredLog(log, await bindRegistry({ settings: registryAccess(registry), streams: STREAMS, prefix }))
  } catch (cause) {
    await log.close()
    if (!(cause instanceof SchemaRegistryError)) throw cause
    throw new LogSetupError(`SCHEMA_REGISTRY_URL (${registry.url}): ${cause.message}`, { cause })
  }
}
