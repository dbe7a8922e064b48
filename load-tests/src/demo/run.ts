/** The demo on Kafka: five services as five processes, their verdicts beside those of one embedded process. */

import { join } from "node:path"
import { attack, book, checkLog, type DemoReport, Ledger, PARTITIONS, planOf, runDemo } from "@assay/cli/demo"
import { stagesOver } from "@assay/cli/services"
import { type ReplayReport, replay } from "@assay/engine"
import type { FleetPlan } from "@assay/fleet"
import { VerifyPool } from "@assay/jose/verify-pool"
import type { Log } from "@assay/log"
import { openWork } from "@assay/node"
import { openLog, readLogConfiguration } from "@assay/node/log"
import { NODE } from "@assay/settings"
import { assay, kafkaEnvironment } from "../cluster/assay.ts"
import { anyBrokers } from "../cluster/brokers.ts"
import { followDecisions } from "../cluster/decisions.ts"
import { startDeployment } from "../cluster/deployment.ts"
import { untilDone } from "../cluster/work.ts"
import { type Comparison, compareRuns } from "./compare.ts"
import { signedOnce } from "./signed-once.ts"

export interface KafkaDemoOptions {
  /** For the broker, the logs, the sealed log and the embedded run. */
  readonly dir: string
  readonly prefix: string
  readonly devices: number
  readonly messages: number
  readonly seed: string
  /** Of each service. */
  readonly instances: number
  readonly progress: (line: string) => void
}

export interface KafkaDemoReport {
  readonly kafka: DemoReport
  readonly embedded: Omit<DemoReport, "log">
  /** Kafka on the left. */
  readonly comparison: Comparison
  /** The decisions on Kafka beside those derived anew from what was submitted there. */
  readonly replay: ReplayReport
  /** Processes that ended by themselves. */
  readonly exits: ReadonlyArray<unknown>
}

const READY_MS = 120_000
const SETTLE_MS = 300_000

const derive = async (log: Log, plan: FleetPlan): Promise<ReplayReport> => {
  const pool = new VerifyPool()
  try {
    return await replay(log, plan.world.rootSet, stagesOver(log, pool))
  } finally {
    await pool.close()
  }
}

/** @throws SetupProblem, Error: a service did not come up, or the work was not done in time */
const onKafka = async (options: KafkaDemoOptions, plan: FleetPlan, ledger: Ledger) => {
  const { dir, prefix, progress, instances } = options
  progress("a broker, topics and five services ...")
  const brokers = await anyBrokers(dir, progress)
  try {
    const env = kafkaEnvironment(brokers.brokers, prefix)
    await assay(["topics", "apply", "--partitions", String(PARTITIONS)], env)
    const deployment = await startDeployment({
      brokers: brokers.brokers,
      prefix,
      roots: plan.world.rootSet,
      topology: "staged",
      instances,
      env: { [NODE.tickMs.key]: "250" },
      dir,
      onExit: ({ instance, how }) => progress(`${instance} ended by itself (${how}) and is started again`),
    })
    const log = await openLog(readLogConfiguration(env), null)
    const decisions = followDecisions(log, {
      onDecision: (origin, decision, time) =>
        ledger.batch({ decided: [{ origin, decision, time, device: null, message: null }], events: [] }),
      onEvent: (event) => ledger.batch({ decided: [], events: [event] }),
    })
    try {
      await deployment.untilReady(READY_MS)
      const settled = async (): Promise<void> => {
        await untilDone(async () => (await openWork(log, "staged")) + ledger.open, SETTLE_MS)
      }
      const seconds = await attack({ log, settled }, plan, ledger, progress)
      await decisions.stop()
      await deployment.stop()
      progress("checking the audit log offline, then deriving every decision again ...")
      const report: DemoReport = { ...book(options, ledger, seconds), log: await checkLog(log, deployment.sealDir) }
      return { report, replayed: await derive(log, plan), exits: deployment.exits }
    } finally {
      await decisions.stop()
      await deployment.stop()
      await log.close()
    }
  } finally {
    await brokers.stop()
  }
}

export const runKafkaDemo = async (options: KafkaDemoOptions): Promise<KafkaDemoReport> => {
  const { devices, messages, seed, progress } = options
  const plan = signedOnce(planOf({ devices, messages, seed }))
  const [left, right] = [new Ledger({ keep: true }), new Ledger({ keep: true })]
  const { report, replayed, exits } = await onKafka(options, plan, left)
  progress("the same plan embedded, in one process ...")
  const { log: _, ...embedded } = await runDemo({
    dir: join(options.dir, "embedded"),
    devices,
    messages,
    seed,
    topology: "staged",
    rootsFile: null,
    progress,
    plan,
    ledger: right,
  })
  return {
    kafka: report,
    embedded,
    comparison: compareRuns(left.settled!, right.settled!),
    replay: replayed,
    exits,
  }
}
