/** `npm run capacity:check`: what the model of `assay capacity` says of three deployments, beside what they were measured to take. */
import { writeFileSync } from "node:fs"
import { loadavg } from "node:os"
import { type Measured, readMeasured, type Topology } from "@assay/cli/capacity"
import { EXIT } from "@assay/cli/command"
import { table } from "@assay/cli/output"
import { type Command, main, SetupProblem } from "@assay/infra/local"
import { oneOf } from "../bench/arguments.ts"
import { benchBroker } from "../bench/broker.ts"
import { describeMachine, machineLine } from "../machine.ts"
import { costsOf, isShared, modelledOf, observedOf, QUANTITIES } from "./costs.ts"
import type { Observed } from "./observe.ts"
import { FITTED, memoryOf, observeRates, type RunOptions, SIZES, scaled } from "./runs.ts"
import { type Warmed, warmBroker } from "./warm-broker.ts"
import { FILES, readBench } from "./write.ts"
import { measuredOf } from "./written.ts"

/** Devices at which memory is checked. */
const FLEETS = [50_000, 200_000, 500_000]

interface Row {
  readonly size: string
  readonly what: string
  readonly model: number
  readonly measured: number
  /** The model's error as a share of what was measured. */
  readonly error: number
  /** The same where the number of commits is given; null for what does not follow from commits. */
  readonly counted: number | null
}

const rowOf = (size: string, what: string, model: number, measured: number, counted: number | null = null): Row => ({
  ...{ size, what, model, measured },
  error: model / measured - 1,
  counted: counted === null ? null : counted / measured - 1,
})

const checkTopology = async (
  topology: Topology,
  options: Omit<RunOptions, "topology"> & { readonly percent: number },
  measured: Measured,
) => {
  const { progress, percent } = options
  const fitted: Array<Observed> = []
  for (const one of FITTED[topology]) {
    const rates = one.rates.map((rate) => scaled(rate, percent))
    progress(`${topology}: fitting at ${rates.join(", ")} messages a second, ${one.partitions} partitions ...`)
    fitted.push(...(await observeRates({ ...options, topology }, one, rates)))
  }
  const reference = fitted.reduce((sum, run) => sum + run.reference, 0) / fitted.length
  const costs = costsOf(fitted, reference)
  const model: Measured = { ...measured, [topology]: costs }
  const rows: Array<Row> = []
  const runs: Array<Observed> = []
  for (const size of SIZES[topology]) {
    const { devices, partitions } = size
    const perSecond = scaled(size.perSecond, percent)
    const name = `${topology}, ${devices} devices, ${perSecond}/s, ${partitions} partitions`
    progress(`${name} ...`)
    const [run] = await observeRates({ ...options, topology }, size, [perSecond])
    runs.push(run!)
    // By the rate at which messages really came: the last of them are decided a little after the last is sent.
    const rate = run!.messages / run!.seconds / devices
    const [expected, seen] = [modelledOf(model, { devices, rate, topology, partitions }), observedOf(run!, reference)]
    const commits = run!.commits / run!.seconds
    const counted = modelledOf(model, { devices, rate, topology, partitions, commits })
    for (const what of QUANTITIES)
      rows.push(rowOf(name, what, expected[what], seen[what], what === "commits of a service" ? null : counted[what]))
  }
  return { costs, reference, fitted, runs, rows }
}

const inPercent = (error: number): string => `${error < 0 ? "" : "+"}${(100 * error).toFixed(1)} %`
const shown = (value: number): string => (value < 10 ? value.toPrecision(3) : value.toFixed(0))

const check: Command = {
  name: "capacity:check",
  summary:
    "Measures what a message, a commit, a second and a partition cost (nothing, little and much comes to one deployment, nothing to another), then three other deployments on Kafka, and compares each with what the model of `assay capacity` makes of those costs: cores, disk, network, memory. Exit code 1 where one is off by more than --within. The broker works beforehand until a commit costs it no less than before. CPU is that of the kernel, set right by a reference beside it where others use the machine.",
  options: {
    topology: { type: "string", value: "NAME", default: "both", help: "chained, staged or both" },
    seconds: { type: "string", value: "N", default: "20", help: "of each run" },
    warmup: { type: "string", value: "N", default: "60000", help: "messages of a backlog, decided before" },
    "warmup-seconds": { type: "string", value: "N", default: "30", help: "then at the highest rate, not measured" },
    within: { type: "string", value: "PERCENT", default: "15", help: "error of the model that is borne" },
    rates: {
      type: "string",
      value: "PERCENT",
      default: "100",
      help: "of the rates: a busy machine keeps up with less",
    },
    memory: { type: "boolean", help: "memory of devices alone, without a broker" },
    write: { type: "string", value: "FILE", default: "", help: "the costs as a file for `assay capacity --measured`" },
    heap: { type: "string", value: "SIZE", default: "512m", help: "memory of the broker's JVM" },
  },
  run: async (given, progress) => {
    const asked = oneOf("topology", given.text("topology"), ["chained", "staged", "both"])
    const options = {
      seconds: given.whole("seconds", 5, 3_600),
      warmUp: given.whole("warmup", 1_000, 1_000_000),
      warmUpSeconds: given.whole("warmup-seconds", 0, 3_600),
      percent: given.whole("rates", 1, 1_000),
      progress,
    }
    const within = given.whole("within", 1, 100) / 100
    const measured = readMeasured(null)
    const found: Partial<Record<Topology, Awaited<ReturnType<typeof checkTopology>>>> = {}
    const loadBefore = loadavg()[0]!
    let kafka: string | null = null
    let warmed: Warmed | null = null
    if (!given.flag("memory")) {
      const broker = await benchBroker(given.text("heap"), progress)
      kafka = broker.version
      try {
        if (broker.dataDir === null)
          throw new SetupProblem("KAFKA_BROKERS is set: the check counts the bytes and the CPU of a broker of its own")
        progress("commits until they cost the broker no less ...")
        warmed = await warmBroker(broker, progress)
        for (const topology of asked === "both" ? (["chained", "staged"] as const) : [asked])
          found[topology] = await checkTopology(topology, { ...options, broker }, measured)
      } finally {
        await broker.stop()
      }
    }
    const rows = Object.values(found).flatMap((one) => one.rows)
    for (const devices of FLEETS) {
      progress(`memory of ${devices} devices ...`)
      rows.push(
        rowOf(
          `${devices} devices`,
          "memory of them",
          measured.device.base + devices * measured.device.memory,
          memoryOf(devices),
        ),
      )
    }
    // Where others use the machine a commit waits for its turn, so there are fewer of them than at the pace of an idle one. What
    // they cost can be checked all the same: by their number as it was counted.
    const busy = isShared(Object.values(found).flatMap(({ fitted, runs }) => [...fitted, ...runs]))
    const isCommits = ({ what }: Row): boolean => what === "commits of a service"
    const errorOf = (row: Row): number => (busy && row.counted !== null ? row.counted : row.error)
    const off = rows.filter((row) => Math.abs(errorOf(row)) > within && !(busy && isCommits(row)))
    const machine = describeMachine(kafka)
    if (given.text("write") !== "") {
      const run = { command: `npm run ${check.name}`, machine, found }
      // Commits that are full were not measured here: they cost what they cost in the repository's drains.
      const written = measuredOf(measured, [run], readBench(FILES.bench))
      writeFileSync(given.text("write"), `${JSON.stringify(written, null, 2)}\n`)
    }
    const load = { before: loadBefore, after: loadavg()[0]! }
    const value = { machine, load, busy, within, warmed, rows, found, off: off.length }
    const lines = [
      machineLine(machine),
      `load of the machine ${load.before.toFixed(1)} before, ${load.after.toFixed(1)} after`,
      "",
      table(
        ["deployment", "what, of a second", "model", "measured", "error", "by counted commits"],
        rows.map((row) => [
          ...[row.size, row.what, shown(row.model), shown(row.measured), inPercent(row.error)],
          `${row.counted === null ? "" : inPercent(row.counted)}${off.includes(row) ? " OFF" : ""}`,
        ]),
        [2, 3, 4, 5],
      ),
      ...(busy ? ["", "Others used the machine, so commits waited for their turn: the last column counts."] : []),
      "",
      off.length === 0
        ? `all within ${100 * within} %`
        : `${off.length} of ${rows.length} are off by more than ${100 * within} %`,
    ]
    return { value, lines, code: off.length === 0 ? EXIT.ok : EXIT.failed }
  },
}

if (import.meta.main) await main(check)
