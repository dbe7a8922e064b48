/** `assay doctor`: looks at everything a node needs, changes nothing, and says what to do about what is wrong. */
import { existsSync } from "node:fs"
import { join } from "node:path"
import { chooseBackend } from "@assay/jose/verify"
import type { KafkaSettings } from "@assay/kafka-client/settings"
import type { Log } from "@assay/log"
import { type LogConfiguration, openLog, readLogConfiguration } from "@assay/node/log"
import { readRoots } from "@assay/node/roots"
import { type Environment, fileKeyOf, HTTP, isSecret, KAFKA, NODE, processEnvironment, SETTINGS } from "@assay/settings"
import { logName, type RootSet } from "@assay/trust"
import { type Command, EXIT } from "../command.ts"
import { backendFinding } from "../doctor/backend.ts"
import {
  clockFinding,
  isHeld,
  keyFinding,
  linksFinding,
  lockFinding,
  modesFinding,
  newestTimes,
} from "../doctor/directory.ts"
import { type Finding, fail, ok, warn } from "../doctor/finding.ts"
import { groupFindings } from "../doctor/groups.ts"
import { knowledgeFindings } from "../doctor/knowledge.ts"
import { configurationFinding, diskFinding, nodeFinding, portFinding } from "../doctor/machine.ts"
import { outsideFindings } from "../doctor/outside-files.ts"
import { faultFindings, sealFinding } from "../doctor/record.ts"
import { sealedDirectoryFinding } from "../doctor/sealed-directory.ts"
import { redisFinding, registryFinding } from "../doctor/servers.ts"
import { DATA_OPTION, dataDirOf } from "../open-log.ts"
import { ROOTS_OPTION } from "../roots.ts"

const rootsFinding = (
  path: string,
  dir: string | null,
): { readonly roots: RootSet | null; readonly finding: Finding } => {
  try {
    const roots = readRoots(path, dir)
    return { roots, finding: ok("roots", `${roots.threshold} of ${roots.roots.length} must sign, pinned in ${path}`) }
  } catch (cause) {
    return { roots: null, finding: fail("roots", (cause as Error).message, "name the file with --roots FILE") }
  }
}

interface Looking {
  readonly config: LogConfiguration
  /** The data directory; on Kafka that of the sealer, where one was named. */
  readonly dir: string | null
  readonly roots: RootSet | null
}

/** What takes Kafka: who works on the log. The client is loaded for this alone. */
const workFindings = async (log: Log, kafka: KafkaSettings, newest: ReadonlyArray<number>, now: number) => {
  const { kafkaMembers } = await import("../doctor/members.ts")
  const members = kafkaMembers(kafka)
  const { topicFindings } = await import("../doctor/topics.ts")
  return [
    ...(await groupFindings({ log, members, newest, now })),
    await sealFinding(log, true, now),
    ...(await topicFindings(kafka)),
    ...(await registryFinding(processEnvironment(), kafka.prefix)),
  ]
}

/** Everything that is only known from the log itself. @param where the data directory, or the brokers */
const logFindings = async (
  { config, dir, roots }: Looking,
  where: string,
  isRunning: boolean,
): Promise<ReadonlyArray<Finding>> => {
  const { kafka } = config
  const log = await openLog(config, kafka === null ? dir : null, { readOnly: true })
  const now = Date.now()
  try {
    const newest = await newestTimes(log)
    return [
      ok(
        kafka === null ? "data" : "log",
        `${where}: epoch ${log.epoch}, ${log.partitions} partitions, begun ${new Date(log.genesis).toISOString()}, named ${logName(log)} in operators' commands`,
      ),
      clockFinding(log, newest, now),
      ...(kafka === null ? [await sealFinding(log, isRunning, now)] : await workFindings(log, kafka, newest, now)),
      ...(dir !== null && existsSync(dir) ? [await sealedDirectoryFinding(log, dir)] : []),
      ...(await faultFindings(log)),
      ...(await redisFinding(log, processEnvironment(), kafka?.prefix ?? "", now)),
      ...(roots === null ? [] : await knowledgeFindings(log, roots, now)),
    ]
  } finally {
    await log.close()
  }
}

/** A directory of ours, if it is there: who has it, and whose its key is. */
const directoryFindings = (dir: string): { readonly held: boolean; readonly findings: ReadonlyArray<Finding> } => {
  const findings = [keyFinding(dir), modesFinding(dir), linksFinding(dir)]
  try {
    const held = isHeld(dir)
    return { held, findings: [lockFinding(held), ...findings] }
  } catch (cause) {
    const cure = "do as it says: no node starts on the directory before"
    return { held: false, findings: [fail("lock", (cause as Error).message, cure), ...findings] }
  }
}

interface Looked {
  readonly findings: ReadonlyArray<Finding>
  /** Whether a node may be running on it. */
  readonly running: boolean
}

const lookEmbedded = async (dir: string, roots: RootSet | null): Promise<Looked> => {
  if (!existsSync(join(dir, "assay.json"))) {
    const cure = `assay run --data ${dir} makes it, or name another with --data`
    return { running: false, findings: [warn("data", `there is no data directory at ${dir} yet`, cure)] }
  }
  const { held, findings } = directoryFindings(dir)
  try {
    return {
      running: held,
      findings: [...findings, ...(await logFindings({ config: { kafka: null }, dir, roots }, dir, held))],
    }
  } catch (cause) {
    const cure = "nothing was changed; do as it says, or choose another directory with --data"
    return { running: held, findings: [...findings, fail("data", (cause as Error).message, cure)] }
  }
}

const lookAtKafka = async (config: LogConfiguration, dir: string | null, roots: RootSet | null): Promise<Looked> => {
  const brokers = `Kafka at ${config.kafka!.brokers.join(", ")}`
  const sealing = dir !== null && existsSync(dir) ? directoryFindings(dir).findings : []
  try {
    return {
      running: true,
      findings: [...sealing, ...(await logFindings({ config, dir, roots }, brokers, true))],
    }
  } catch (cause) {
    const cure = "nothing was changed; do as it says, or correct KAFKA_BROKERS"
    return { running: true, findings: [...sealing, fail("log", `${brokers}: ${(cause as Error).message}`, cure)] }
  }
}

/** What is wrong with it is a finding of the whole configuration already. */
const logConfiguration = (): LogConfiguration | null => {
  try {
    return readLogConfiguration(processEnvironment())
  } catch {
    return null
  }
}

/** Files outside the data directory that others must not write, or not even read. */
const fileFindings = (roots: string, environment: Environment): ReadonlyArray<Finding> => {
  return [
    ...outsideFindings({ "the pinned roots": roots }, false),
    ...outsideFindings(
      Object.fromEntries(
        [HTTP.tlsKey.key, KAFKA.tlsKey.key, ...SETTINGS.filter(isSecret).map(fileKeyOf)].map((key) => [
          key,
          environment[key] || null,
        ]),
      ),
      true,
    ),
  ]
}

const STATE = { ok: ["ok  ", "green"], warn: ["warn", "yellow"], fail: ["FAIL", "red"] } as const

export const doctor: Command = {
  name: "doctor",
  summary: "look at everything a node needs, and say what to do about what is wrong",
  usage: "doctor [--data DIR] [--roots FILE]",
  details: `Changes nothing, and may run beside a node. Exit code 1 where something is wrong; a warning alone is 0.
It looks at this machine (Node, what verifies signatures, configuration, port, disk, file modes), the log and its clock, knowledge and its end, the
sealer and what it published, entries that Assay failed at; where they are set, at the schema registry and Redis; and on Kafka
at how topics are set and at every group: who runs, what waits, what an open transaction holds back. On Kafka it needs the role operator.`,
  takes: 0,
  options: { ...DATA_OPTION, ...ROOTS_OPTION },
  run: async (given, output) => {
    const log = logConfiguration()
    const dir = dataDirOf(given, log ?? { kafka: null })
    const { config, findings } = configurationFinding(processEnvironment())
    const { roots, finding } = rootsFinding(given.required("roots"), dir)
    const all: Array<Finding> = [nodeFinding(process.versions.node), ...findings, finding]
    if (log?.warning !== undefined) all.push(warn("log", log.warning, "set LOG"))
    const backend = chooseBackend(config?.verifyBackend ?? NODE.verifyBackend.fallback)
    all.push(backendFinding(backend))
    if (dir !== null) all.push(diskFinding(dir))
    all.push(...fileFindings(given.required("roots"), processEnvironment()))
    let running = false
    if (log !== null) {
      const looked = log.kafka === null ? await lookEmbedded(dir!, roots) : await lookAtKafka(log, dir, roots)
      running = looked.running
      all.push(...looked.findings)
    }
    if (config !== null) all.push(await portFinding(config, running))
    const healthy = all.every(({ state }) => state !== "fail")
    output.result({ healthy, backend: backend.name, findings: all }, () => {
      for (const { check, state, found, cure } of all) {
        const [word, colour] = STATE[state]
        output.say(`${output.colour(word, colour)}  ${check.padEnd(14)} ${found}`)
        if (cure !== null) output.say(`      ${"".padEnd(14)} -> ${cure}`)
      }
      if (healthy) output.say("nothing is wrong")
    })
    return healthy ? EXIT.ok : EXIT.failed
  },
}
