/** `npm run alerts`: each alert is caused with real processes, seen to fire by promtool, mended as its runbook says, and seen to end. */
import { setTimeout as sleep } from "node:timers/promises"
import { type Command, UsageError } from "@assay/cli/command"
import { table } from "@assay/cli/output"
import { runProgram } from "../command.ts"
import { DIR_OPTION, inOwnDirectory, jsonOf, writeText } from "../own-directory.ts"
import { type Cause, READY_MS } from "./cause.ts"
import { CAUSES } from "./causes.ts"
import { phasesOf } from "./phases.ts"
import { type AlertSite, openAlertSite, valuesOf } from "./site.ts"
import { type Fired, firesIn, type Snapshot } from "./tape.ts"

export interface Tried extends Fired {
  readonly alert: string
  readonly what: string
  readonly mended: string
  /** Seconds from the cause to what was to be seen, and from there until it was mended. */
  readonly seconds: number
  readonly mendedAfter: number
  readonly good: boolean
  /** Why it could not be tried to its end. */
  readonly problem?: string
}

/** Whoever was away writes its metrics anew a moment later. */
const REST_MS = 3_000

const tryOne = async (site: AlertSite, cause: Cause, first: Snapshot): Promise<ReadonlyArray<Tried>> => {
  await cause.prepare?.(site)
  const before = await site.untilSeen("every process answers", (seen) => valuesOf(seen, "up").every((up) => up === 1))
  const began = performance.now()
  const during = await cause.during(site)
  const seen = performance.now()
  await cause.mend?.(site)
  await sleep(REST_MS)
  const mended = performance.now()
  const after = await site.snapshot()
  await sleep(cause.restMs ?? REST_MS)
  const later = await site.snapshot()
  return cause.alerts.map((alert) => {
    const { quiet, caused, mended: end } = phasesOf(cause, alert, { first, before, during, after, later })
    const fired = firesIn(alert, quiet, caused, end, cause.spans?.[alert]?.about)
    return {
      ...{ alert, what: cause.what, mended: cause.mended, ...fired },
      seconds: (seen - began) / 1_000,
      mendedAfter: (mended - seen) / 1_000,
      good: fired.during && fired.before === (cause.always === true) && (cause.mend === null || !fired.after),
    }
  })
}

/** @returns why it could not be mended, where it could not */
const mendAsFar = async (site: AlertSite, cause: Cause): Promise<ReadonlyArray<string>> => {
  try {
    await cause.mend?.(site)
    await site.deployment.untilReady(READY_MS)
    return []
  } catch (why) {
    return [`not mended: ${(why as Error).message}`]
  }
}

/** What cannot be tried to its end is mended as far as that goes, and the others are tried all the same. */
const tryOrTell = async (site: AlertSite, cause: Cause, first: Snapshot): Promise<ReadonlyArray<Tried>> => {
  try {
    return await tryOne(site, cause, first)
  } catch (why) {
    const problem = [(why as Error).message, ...(await mendAsFar(site, cause))].join("; ")
    const { what, mended } = cause
    return cause.alerts.map((alert) => ({
      ...{ alert, what, mended, before: false, during: false, after: false, seconds: 0, mendedAfter: 0 },
      ...{ good: false, problem },
    }))
  }
}

const asItShould = ({ mend }: Cause): string => (mend === null ? "fired; not mended here" : "fired, and ended")

const alerts: Command = {
  name: "alerts",
  summary: "cause each alert with real processes, see it fire, mend it as its runbook says, see it end",
  usage: "npm run alerts -- [--only ALERT,...] [--data FILE] [--json]",
  details: `Brokers, Redis and five services of its own. What processes say is laid out over minutes and played through the rules by promtool,
which must be installed. Exit code 1: an alert did not fire, fired before, or went on after.`,
  takes: 0,
  options: {
    only: { type: "string", value: "ALERT,...", help: "these alone" },
    data: { type: "string", value: "FILE", help: "write the report here as JSON" },
    ...DIR_OPTION,
  },
  run: async (given, output) => {
    const only = given.text("only")?.split(",") ?? null
    const known = CAUSES.flatMap((cause) => cause.alerts)
    for (const name of only ?? [])
      if (!known.includes(name)) throw new UsageError(`--only takes ${known.join(", ")}, not ${name}`)
    const chosen = CAUSES.filter((cause) => only === null || cause.alerts.some((alert) => only.includes(alert)))
    return inOwnDirectory(given, "assay-alerts-site-", async (dir) => {
      const tried: Array<Tried> = []
      const site = await openAlertSite(dir, output.progress)
      try {
        const first = await site.snapshot()
        for (const cause of chosen) {
          output.progress(`${cause.alerts.join(", ")}: ${cause.what} ...`)
          for (const one of await tryOrTell(site, cause, first)) {
            tried.push(one)
            output.progress(
              `  ${one.alert}: ${one.good ? asItShould(cause) : `NOT AS IT SHOULD: ${JSON.stringify(one)}`}`,
            )
          }
        }
      } finally {
        await site.stop()
      }
      const data = given.text("data")
      if (data !== null) writeText(data, jsonOf({ tried }))
      const rows = tried.map((one) => [
        ...[one.alert, one.what, `${one.seconds.toFixed(0)} s`, one.mended, `${one.mendedAfter.toFixed(0)} s`],
        one.good ? "fires" : "WRONG",
      ])
      output.result({ tried }, () =>
        output.say(table(["alert", "caused by", "seen after", "mended", "mended after", ""], rows, [2, 4])),
      )
      return tried.every((one) => one.good)
    })
  },
}

if (import.meta.main) await runProgram(alerts)
