/** `assay status`: the deployment at a glance, from what its nodes and its log offer. Changes nothing. */
import { existsSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { type LogConfiguration, openLog, readLogConfiguration } from "@assay/node/log"
import { COMMAND, processEnvironment, textOf } from "@assay/settings"
import { NODE_OPTIONS } from "../client.ts"
import { type Arguments, type Command, EXIT, UsageError } from "../command.ts"
import { isHeld } from "../doctor/directory.ts"
import { DATA_OPTION, dataDirOf } from "../open-log.ts"
import { complain } from "../output.ts"
import { alarmsOf } from "../status/alarms.ts"
import { type Looking, logStatus } from "../status/log.ts"
import { askNode, nodesOf } from "../status/node.ts"
import { type Status, show } from "../status/show.ts"
import { listenForStop } from "../stop-signal.ts"

/** Null where there is no log on this machine. @throws what the log says */
const openLooking = async (config: LogConfiguration, dir: string | null): Promise<Looking | null> => {
  if (config.kafka === null) {
    if (dir === null || !existsSync(join(dir, "assay.json"))) return null
    const log = await openLog(config, dir, { readOnly: true })
    return { log, members: null, isHeld: () => isHeld(dir) }
  }
  const { kafkaMembers } = await import("../doctor/members.ts")
  const log = await openLog(config, null, { readOnly: true })
  return { log, members: kafkaMembers(config.kafka), isHeld: () => false }
}

interface Where {
  readonly nodes: ReadonlyArray<string>
  readonly config: LogConfiguration
  readonly dir: string | null
}

/** Where no node is named, the usual one is asked beside an embedded log, and none beside Kafka: it need not be here. */
const whereOf = (given: Arguments): Where => {
  const config = readLogConfiguration(processEnvironment())
  if (config.warning !== undefined) complain(`warning: ${config.warning}`)
  const isNamed = given.isGiven("url") || textOf(COMMAND.url, processEnvironment()) !== null
  const nodes = isNamed || config.kafka === null ? nodesOf(given) : []
  return { nodes, config, dir: dataDirOf(given, config) }
}

/** Opened at the first look that finds it, and kept. */
class Looker {
  private readonly where: Where
  private looking: Looking | null = null

  constructor(where: Where) {
    this.where = where
  }

  async look(): Promise<Status> {
    const { nodes, config, dir } = this.where
    const time = Date.now()
    const asked = Promise.all(nodes.map(askNode))
    let log: Status["log"] = null
    let notLooked: string | null = null
    try {
      this.looking ??= await openLooking(config, dir)
      if (this.looking === null)
        notLooked = `there is no data directory at ${dir}; name it with --data DIR, or set LOG=kafka`
      else log = await logStatus(this.looking, Date.now())
    } catch (cause) {
      notLooked = (cause as Error).message
    }
    const found = await asked
    const alarms = alarmsOf(found, log)
    // A log that is there and cannot be read is an alarm; one that is on another machine is none.
    const unread =
      notLooked !== null && (this.looking !== null || config.kafka !== null)
        ? [{ alert: "AssayBrokerUnavailable", state: "fail" as const, where: "log", what: notLooked }]
        : []
    return { time, nodes: found, log, notLooked, alarms: [...unread, ...alarms] }
  }

  async close(): Promise<void> {
    await this.looking?.log.close()
  }
}

const CLEAR = "\u001b[H\u001b[2J"

export const status: Command = {
  name: "status",
  summary: "show a deployment at a glance: services, lag, sealing, knowledge, alarms",
  usage: "status [--url URL,...] [--data DIR] [--watch] [--every SECONDS]",
  details: `Asks each node at --url (several with commas between them) for /readyz and /metrics, and looks at the log where it can be
opened: a data directory, or Kafka with LOG=kafka and the role operator. Changes nothing and takes nothing. Knowledge is what the
nodes that were asked have in force. An alarm has the name of the alert rule of the same meaning; docs/guides/operations.md
says what to do at each. Exit code 1 where one of them says that something is wrong; a warning alone is 0.
With --watch it looks again until it is stopped, and ends as the last look did; with --json one document for each look.
assay doctor looks deeper, once.`,
  takes: 0,
  options: {
    url: { ...NODE_OPTIONS["url"]!, value: "URL,...", help: "the nodes to ask" },
    ...DATA_OPTION,
    watch: { type: "boolean", help: "look again and again until stopped" },
    every: { type: "string", value: "SECONDS", default: "2", help: "watch: the pause between two looks" },
  },
  run: async (given, output) => {
    const watch = given.flag("watch")
    const everyMs = given.whole("every", 1, 3_600) * 1_000
    if (!watch && given.isGiven("every")) throw new UsageError("--every goes with --watch")
    const looker = new Looker(whereOf(given))
    const stop = listenForStop()
    try {
      for (;;) {
        const found = await looker.look()
        if (watch && output.live && process.stdout.isTTY) process.stdout.write(CLEAR)
        output.result(found, () => show(found, output))
        const healthy = found.alarms.every(({ state }) => state !== "fail")
        // It rejects where it is stopped, and for nothing else.
        if (watch) await sleep(everyMs, undefined, { signal: stop.signal }).catch(() => undefined)
        if (!watch || stop.signal.aborted) return healthy ? EXIT.ok : EXIT.failed
      }
    } finally {
      stop.release()
      await looker.close()
    }
  },
}
