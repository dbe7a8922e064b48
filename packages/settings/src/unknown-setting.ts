/**
 * A variable of the environment that looks like a setting and is none. Nothing would read it, and the default of the setting
 * that was meant would stay in force in silence: with ASSAY_HTTP_TOKEN, say, no token is asked for.
 */
import { didYouMean } from "./did-you-mean.ts"
import type { Environment } from "./environment.ts"
import { ConfigurationError } from "./error.ts"
import { SCRIPT_SETTINGS, SETTINGS } from "./list/index.ts"
import { fileKeyOf, isSecret } from "./setting.ts"

const keysOf = (prefix: string): ReadonlyArray<string> =>
  SETTINGS.flatMap((setting) => [setting.key, ...(isSecret(setting) ? [fileKeyOf(setting)] : [])]).filter((key) =>
    key.startsWith(prefix),
  )

/** Whoever mistypes a variable rarely means the file beside it. */
const FILE = "_FILE"

const SCRIPTS: ReadonlySet<string> = new Set(SCRIPT_SETTINGS.map(({ key }) => key))

/** Not ours, and no mistakes: what Kafka's own scripts read, and what Kubernetes sets beside a service named `kafka`. */
const OF_KAFKA =
  /^KAFKA_(HOME|OPTS|DEBUG|MODE|JMX_OPTS|HEAP_OPTS|GC_LOG_OPTS|LOG4J_OPTS|LOG4J_CMD_OPTS|JVM_PERFORMANCE_OPTS|SERVICE_(HOST|PORT)(_\w+)?|PORT(_\d+_(TCP|UDP)(_(PROTO|PORT|ADDR))?)?)$/

const refuse = (environment: Environment, prefix: string, isOthers: (key: string) => boolean): void => {
  const known = keysOf(prefix)
  for (const [key, value] of Object.entries(environment)) {
    if (value === undefined || !key.startsWith(prefix) || known.includes(key) || isOthers(key)) continue
    const meant = didYouMean(key, key.endsWith(FILE) ? known : known.filter((one) => !one.endsWith(FILE)))
    // A list of a hundred hides the one that was meant.
    const rest = meant === "" ? `; those that begin so are ${known.join(", ")}` : ""
    throw new ConfigurationError(`configuration: ${key} is no setting${meant}${rest}`)
  }
}

/** For nodes: whatever begins with `ASSAY_` and is not declared. @throws ConfigurationError that names it, and what was meant */
export const refuseUnknownSettings = (environment: Environment): void =>
  refuse(environment, "ASSAY_", (key) => SCRIPTS.has(key))

/** For whoever uses a log on Kafka: the same of `KAFKA_`. @throws ConfigurationError */
export const refuseUnknownKafkaSettings = (environment: Environment): void =>
  refuse(environment, "KAFKA_", (key) => OF_KAFKA.test(key))
