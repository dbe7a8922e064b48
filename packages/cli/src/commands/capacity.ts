/** `assay capacity`: what a deployment of a size needs and costs, from measured costs and files of prices. Asks nobody. */
import { type Prices, readMeasured, readPrices } from "../capacity/inputs.ts"
import { type Cost, costOf, type Demand, type Need, needOf } from "../capacity/model.ts"
import { chosen } from "../choice.ts"
import { type Arguments, type Command, EXIT, UsageError } from "../command.ts"
import { type Output, table } from "../output.ts"

const SCALES: Readonly<Record<string, number>> = { "": 1, k: 1e3, M: 1e6, G: 1e9 }
const SECONDS: Readonly<Record<string, number>> = { s: 1, min: 60, h: 3_600, d: 86_400 }
const MOST_DEVICES = 1e12
const MOST_DAYS = 36_500

const numberOf = (given: Arguments, option: string, form: RegExp, example: string): RegExpExecArray => {
  const text = given.required(option)
  const found = form.exec(text)
  if (found === null || !(Number(found[1]) > 0)) throw new UsageError(`--${option} takes ${example}, not ${text}`)
  return found
}

const devicesOf = (given: Arguments): number => {
  const [, count, scale] = numberOf(given, "devices", /^(\d+(?:\.\d+)?)([kMG]?)$/, "a number like 5000, 200k or 10M")
  const devices = Number(count) * SCALES[scale!]!
  if (!Number.isInteger(devices) || devices > MOST_DEVICES)
    throw new UsageError(`--devices takes a whole number of at most ${MOST_DEVICES}, not ${given.required("devices")}`)
  return devices
}

const rateOf = (given: Arguments): number => {
  const [, count, per] = numberOf(given, "rate", /^(\d+(?:\.\d+)?)\/(s|min|h|d)$/, "messages of one device like 1/min")
  return Number(count) / SECONDS[per!]!
}

const daysOf = (given: Arguments): number => {
  const [, count] = numberOf(given, "retention", /^(\d+)d$/, "days like 90d")
  if (Number(count) > MOST_DAYS) throw new UsageError(`--retention takes at most ${MOST_DAYS}d`)
  return Number(count)
}

const demandOf = (given: Arguments): Demand => ({
  devices: devicesOf(given),
  rate: rateOf(given),
  retention: daysOf(given),
  topology: chosen(given, "topology", ["chained", "staged"]),
  replicas: given.whole("replicas", 1, 9),
  use: given.whole("use", 1, 100) / 100,
  partitions: given.text("partitions") === null ? null : given.whole("partitions", 1, 1_000_000),
  instances: given.whole("instances", 1, 10_000),
})

const rounded = (value: number): string =>
  value < 1 ? value.toFixed(2) : value < 10 ? value.toFixed(1) : String(Math.round(value))
const bytes = (value: number): string => {
  const units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"]
  const place = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, value)) / 3)))
  return `${rounded(value / 1000 ** place)} ${units[place]}`
}

/** Which list a price is of, so that nobody takes an estimate for one. */
const datedOf = ({ asOf }: Pick<Prices, "asOf">): string => (asOf === "unknown" ? "an estimate" : `list of ${asOf}`)

type Priced = Cost & Pick<Prices, "source">

const show = (need: Need, costs: ReadonlyArray<Priced>, output: Output): void => {
  const rows = [
    ["messages", `${rounded(need.messagesPerSecond)}/s`],
    ["cores, services", rounded(need.cores)],
    ...Object.entries(need.coresByService).map(([name, cores]) => [`  ${name}`, rounded(cores)]),
    ["cores, brokers", rounded(need.brokerCores)],
    ["partitions, at least", String(need.partitions)],
    ["commits of a service", `${rounded(need.commitsPerSecond)}/s`],
    ["disk of the brokers", bytes(need.disk)],
    ["evidence, for ever", `${bytes(need.evidencePerYear)} a year`],
    ["network", `${bytes(need.network)}/s`],
    ["memory of services", bytes(need.memory)],
    ["Redis", bytes(need.redis)],
  ]
  output.say(table(["needed", ""], rows, [1]))
  output.say()
  const priced = costs.map(({ provider, region, asOf, machine, machines, month, currency, millionMessages }) => [
    `${provider}, ${region} (${datedOf({ asOf })})`,
    machine,
    `${machines.services} + ${machines.brokers} + ${machines.redis}`,
    `${month.toFixed(0)} ${currency}`,
    `${millionMessages.toFixed(3)} ${currency}`,
  ])
  const head = ["prices", "machine", "services + brokers + Redis", "a month", "a million messages"]
  output.say(table(head, priced, [2, 3, 4]))
  output.say()
  for (const { provider, source } of costs) if (source !== undefined) output.say(`${provider}: ${source}`)
}

export const capacity: Command = {
  name: "capacity",
  summary: "estimate what a deployment of a size needs and costs, from measured costs",
  usage:
    "capacity --devices N --rate N/min --retention DAYSd [--topology staged|chained] [--partitions N] [--measured FILE] [--prices FILE,...]",
  details: `From the CPU and bytes that a message and a device were measured to take (packages/cli/capacity/measured.json, with the
command of each) and prices of three clouds, files beside it that say where they are from: those of AWS are of a list of June 2026, by
secondary pages; those of Google Cloud and Azure are estimates that were compared with no list. Replace any by files of your own.
docs/guides/capacity.md says what is counted, what is assumed and what is left out.`,
  takes: 0,
  options: {
    devices: { type: "string", value: "N", help: "devices: 5000, 200k, 10M, 1G" },
    rate: { type: "string", value: "N/UNIT", help: "messages of one device: 1/min, 2/s, 4/h, 1/d" },
    retention: { type: "string", value: "DAYSd", default: "30d", help: "how long decisions are kept" },
    topology: { type: "string", value: "NAME", default: "staged", help: "staged or chained" },
    replicas: { type: "string", value: "N", default: "3", help: "replicas of each partition" },
    partitions: { type: "string", value: "N", help: "of the log (default: as few as can be judged)" },
    instances: { type: "string", value: "N", default: "2", help: "processes of each service at least" },
    use: { type: "string", value: "PERCENT", default: "60", help: "of cores, memory and disks; the rest is for peaks" },
    measured: { type: "string", value: "FILE", help: "measured costs in place of those of the repository" },
    prices: { type: "string", value: "FILE,...", help: "prices in place of those of the repository" },
  },
  run: async (given, output) => {
    const demand = demandOf(given)
    const need = needOf(readMeasured(given.text("measured")), demand)
    const costs = readPrices(given.text("prices")).map(
      (prices): Priced => ({
        ...costOf(prices, need, demand),
        ...(prices.source === undefined ? {} : { source: prices.source }),
      }),
    )
    output.result({ demand, need, costs }, () => show(need, costs, output))
    return EXIT.ok
  },
}
