/** The servers beside the log: the schema registry, and the Redis of the read model. Only those that the environment names. */
import type { Log } from "@assay/log"
import { readRegistry, registryAccess } from "@assay/node/log"
import { openReadModel } from "@assay/read-model"
import { checkSubjects, registryClient, subjectsOf } from "@assay/schemas/registry"
import { type Environment, READ_MODEL } from "@assay/settings"
import { readSettings } from "@assay/settings/read"
import { STREAMS } from "@assay/streams"
import { type Finding, fail, ok, warn } from "./finding.ts"
import { BEHIND_MS } from "./groups.ts"

/** Is it there, and has it this version's schemas? @param prefix of the topics */
export const registryFinding = async (environment: Environment, prefix: string): Promise<ReadonlyArray<Finding>> => {
  const check = "registry"
  try {
    const settings = readRegistry(environment)
    if (settings === null) return []
    const states = await checkSubjects(registryClient(registryAccess(settings)), subjectsOf(STREAMS, prefix))
    const drifted = states.filter(({ drift }) => drift.length > 0)
    if (drifted.length === 0) return [ok(check, `${settings.url}: all ${states.length} subjects are as they should be`)]
    const names = drifted.slice(0, 3).map(({ subject, drift }) => `${subject} (${drift.join(", ")})`)
    const more = drifted.length > names.length ? `, and ${drifted.length - names.length} more` : ""
    return [
      fail(
        check,
        `${settings.url}: ${drifted.length} of ${states.length} subjects differ: ${names.join(", ")}${more}`,
        "assay schemas check shows all of them, assay schemas apply registers what this version has",
      ),
    ]
  } catch (cause) {
    return [
      fail(
        check,
        (cause as Error).message,
        "start it, or correct SCHEMA_REGISTRY_URL; docs/guides/operations.md#the-registry-is-away",
      ),
    ]
  }
}

/** Does it answer, and how far is the model behind the audit stream? */
export const redisFinding = async (
  log: Log,
  environment: Environment,
  prefix: string,
  now: number,
): Promise<ReadonlyArray<Finding>> => {
  const check = "read model"
  try {
    const { redisUrl } = readSettings(READ_MODEL, environment)
    if (redisUrl === null) return []
    const model = openReadModel(log, { redisUrl, prefix })
    try {
      const generation = await model.generation()
      if (generation === null)
        return [
          warn(
            check,
            `Redis at ${model.server} has no model of this log`,
            "anomaly-quarantine (or a chained node) with REDIS_URL feeds one; assay read-model rebuild makes one",
          ),
        ]
      let entries = 0
      let ms = 0
      for (const { partition, asOf } of await model.status(generation)) {
        const at = { stream: STREAMS.audit, partition }
        const [oldest] = await log.read(at, asOf.offset, 1, 1)
        if (oldest === undefined) continue
        entries += (await log.bounds(at)).end - asOf.offset
        ms = Math.max(ms, now - oldest.time)
      }
      const words = `Redis at ${model.server}: ${entries === 0 ? "nothing waits" : `up to ${entries} audit events are not in, the oldest for ${Math.round(ms / 1_000)} s`}`
      return [
        ms > BEHIND_MS
          ? fail(
              check,
              words,
              "run what feeds it (anomaly-quarantine or a chained node, with REDIS_URL), and see its log lines",
            )
          : ok(check, words),
      ]
    } finally {
      model.close()
    }
  } catch (cause) {
    return [
      fail(
        check,
        (cause as Error).message,
        "start Redis, or correct REDIS_URL; no decision depends on it (docs/guides/read-model.md)",
      ),
    ]
  }
}
