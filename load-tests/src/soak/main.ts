/** `npm run soak`: hours of load with a fault every minute; memory and latency must stay as they are, and every message have one decision. */
import { type Command, EXIT } from "@assay/cli/command"
import { runProgram } from "../command.ts"
import { PARTITIONS, startServers } from "../faults/setup.ts"
import { describeMachine } from "../machine.ts"
import { DIR_OPTION, inOwnDirectory } from "../own-directory.ts"
import { showReport, writeReport } from "./report.ts"
import { requireRoom } from "./room.ts"
import { runSoak } from "./run.ts"

const SIGNALS = ["SIGINT", "SIGTERM"] as const

/** One request may come as several signals: from the terminal, from npm, and since npm's shell is gone. */
const SAME_MS = 5_000

/** Aborted by the first signal that asks the program to end; another one ends it at once, and its processes with it. */
const stoppingBySignal = (progress: (line: string) => void): AbortSignal => {
  const controller = new AbortController()
  let since = Number.POSITIVE_INFINITY
  const stop = (): void => {
    if (performance.now() - since > SAME_MS) process.exit(EXIT.failed)
    if (controller.signal.aborted) return
    since = performance.now()
    progress("ending early: what was played so far is checked now; a second signal ends at once ...")
    controller.abort()
  }
  for (const signal of SIGNALS) process.on(signal, stop)
  return controller.signal
}

const soak: Command = {
  name: "soak",
  summary: "hours of load with a fault every minute: memory and latency stay flat, every message has one decision",
  usage: "npm run soak -- [--minutes N] [--rate N] [--every SECONDS] [--out DIR] [--dir DIR] [--json]",
  details: `A broker, Redis and a schema registry of its own, chained nodes as processes. The rate is --share of the knee, which is found
first; --rate sets it. No fault hits the first node, so that its memory is that of the whole run.
--out gets soak.json, soak-memory.svg and soak-latency.svg, written anew after each round of faults. The first SIGINT or SIGTERM ends
the load early, and what was played is checked; the second ends everything at once.
npm run soak -- --minutes 2 --every 20 --rate 60 is the short form for CI.
Exit code 1: something that must hold does not, or the run was stopped. The logs of all processes are kept then. Memory and latency
are judged from ten minutes on.`,
  takes: 0,
  options: {
    minutes: { type: "string", value: "N", default: "360", help: "how long" },
    every: { type: "string", value: "SECONDS", default: "60", help: "from one fault to the next" },
    rate: { type: "string", value: "N", help: "messages a second (default: a share of the knee)" },
    share: { type: "string", value: "PERCENT", default: "70", help: "of the knee" },
    devices: { type: "string", value: "N", default: "200", help: "honest devices" },
    seed: { type: "string", value: "TEXT", default: "soak", help: "which faults happen when, and what is said" },
    out: { type: "string", value: "DIR", help: "write the report and its plots here, from the first round on" },
    ...DIR_OPTION,
  },
  run: async (given, output) => {
    const asked = {
      minutes: given.whole("minutes", 1, 100_000),
      every: given.whole("every", 5, 3_600),
      perSecond: given.text("rate") === null ? null : given.whole("rate", 1, 100_000),
      share: given.whole("share", 1, 100) / 100,
      devices: given.whole("devices", 1, 100_000),
      seed: given.required("seed"),
    }
    const out = given.text("out")
    return inOwnDirectory(given, "assay-soak-", async (dir) => {
      // Before minutes are spent on starting; where the rate follows from the knee, once that is known.
      const { perSecond, ...rest } = asked
      if (perSecond !== null) requireRoom({ ...rest, dir, perSecond, partitions: PARTITIONS })
      const stopping = stoppingBySignal(output.progress)
      const servers = await startServers(dir, 1, output.progress)
      const machine = describeMachine(servers.cluster.version)
      try {
        const report = await runSoak({
          ...asked,
          ...{ servers, dir, progress: output.progress, stopping },
          onReport: (one) => {
            if (out !== null) writeReport(out, machine, one)
          },
        })
        output.result({ machine, ...report }, () => showReport(machine, report, output))
        return report.failures.length === 0 && report.state === "ended"
      } finally {
        await servers.stop()
      }
    })
  },
}

if (import.meta.main) await runProgram(soak)
