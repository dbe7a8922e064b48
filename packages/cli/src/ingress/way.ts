/** The way of an adapter's messages into the log: on Kafka its own, else through the node that writes the embedded log. */
import { refuseOtherEpoch } from "@assay/engine"
import { type Ingress, makeIngress, Quota, relayTo } from "@assay/ingress"
import type { Log } from "@assay/log"
import { backlogOf } from "@assay/node"
import { guardEpoch, openLog, readLogConfiguration } from "@assay/node/log"
import { HTTP, NODE, processEnvironment } from "@assay/settings"
import { readSettings } from "@assay/settings/read"
import { type Metrics, NO_PRODUCER_TRACER, tracedAppend } from "@assay/telemetry"
import { nodeUrl, tokenOf } from "../client.ts"
import type { Arguments } from "../command.ts"
import { complain } from "../output.ts"

export interface Way {
  readonly ingress: Ingress
  /** Where messages go, for people. */
  readonly target: string
  /** On Kafka; null where the log is a node's. */
  readonly log: Log | null
  close(): Promise<void>
}

const LIMITS = { quotaPerSecond: HTTP.quotaPerSecond, maxBacklog: HTTP.maxBacklog, topology: NODE.topology } as const

/**
 * @param roles what this process is to the brokers
 * @throws UsageError, ConfigurationError, LogSetupError, UnavailableError: nothing stays open
 */
export const openWay = async (given: Arguments, roles: ReadonlyArray<string>, metrics: Metrics): Promise<Way> => {
  const config = readLogConfiguration(processEnvironment())
  if (config.warning !== undefined) complain(`warning: ${config.warning}`)
  if (config.kafka === null) {
    const url = nodeUrl(given)
    const relayed = relayTo({ url, token: await tokenOf(given) })
    return { ingress: counted(relayed, metrics), target: url.origin, log: null, close: async () => undefined }
  }
  const log = guardEpoch(await openLog(config, null, { roles }))
  await refuseOtherEpoch(log).catch(async (cause) => {
    await log.close()
    throw cause
  })
  const { quotaPerSecond, maxBacklog, topology } = readSettings(LIMITS, processEnvironment())
  const ingress = makeIngress({
    log,
    quota: new Quota(quotaPerSecond, quotaPerSecond),
    maxBacklog,
    backlog: backlogOf(log, topology),
    onAccepted: (count) => metrics.accepted(count),
    append: tracedAppend(log, NO_PRODUCER_TRACER, metrics),
  })
  return { ingress, target: `Kafka at ${config.kafka.brokers.join(", ")}`, log, close: () => log.close() }
}

const counted = ({ submit }: Ingress, metrics: Metrics): Ingress => ({
  submit: async (submissions) => {
    const answers = await submit(submissions)
    metrics.accepted(answers.filter((answer) => "origin" in answer).length)
    return answers
  },
})
