/** `assay device list`: every device of the log, with what it is called. */
import type { Log } from "@assay/log"
import { openReadModel } from "@assay/read-model"
import { decodeAudit, readable } from "@assay/schemas"
import { processEnvironment, READ_MODEL } from "@assay/settings"
import { readSettings } from "@assay/settings/read"
import { STREAMS } from "@assay/streams"
import { controlDetailOf, type DeviceLabel, type LifeState, type TrustState } from "@assay/trust"
import { type Arguments, EXIT, type ExitCode } from "../command.ts"
import { openForReading, recordsOf } from "../open-log.ts"
import { type Output, table } from "../output.ts"
import { trustsIn } from "../trust/states.ts"
import { LATEST, labelWords } from "./show.ts"

interface Listed {
  readonly device: string
  readonly name: string | null
  readonly labels: Readonly<Record<string, string>>
  /** Null: nothing was said of its life. */
  readonly life: LifeState | null
  readonly trust: TrustState
  readonly reputation: number
  readonly heard: string
}

/** Asked of the read model at once. */
const AT_ONCE = 256

type Labels = ReadonlyMap<string, DeviceLabel>

/** From the read model in Redis, where there is one. @returns null where there is none */
const fromReadModel = async (log: Log, devices: ReadonlyArray<string>): Promise<Labels | null> => {
  const { redisUrl } = readSettings({ redisUrl: READ_MODEL.redisUrl }, processEnvironment())
  if (redisUrl === null) return null
  const model = openReadModel(log, { redisUrl })
  try {
    const generation = await model.generation()
    if (generation === null) return null
    const found = new Map<string, DeviceLabel>()
    for (let from = 0; from < devices.length; from += AT_ONCE) {
      const part = devices.slice(from, from + AT_ONCE)
      const answers = await Promise.all(part.map((device) => model.device(generation, device)))
      for (const answer of answers) if (answer?.label != null) found.set(answer.device, answer.label)
    }
    return found
  } finally {
    model.close()
  }
}

/** From the audit record itself: the latest events of each partition, or all. */
const fromAudit = async (log: Log, partition: number, whole: boolean): Promise<Labels> => {
  const { start, end } = await log.bounds({ stream: STREAMS.audit, partition })
  const found = new Map<string, DeviceLabel>()
  for await (const { value } of recordsOf(
    log,
    STREAMS.audit,
    partition,
    whole ? start : Math.max(start, end - LATEST),
  )) {
    const event = readable(() => decodeAudit(value))
    const said = event === null || event.count !== 1 ? null : controlDetailOf(event)
    if (said?.kind === "command" && said.label !== null) found.set(said.target, said.label)
  }
  return found
}

/** Those with a name first. */
const byName = (a: Listed, b: Listed): number =>
  Number(a.name === null) - Number(b.name === null) ||
  (a.name ?? "").localeCompare(b.name ?? "", "en") ||
  (a.device < b.device ? -1 : 1)

export const list = async (given: Arguments, output: Output): Promise<ExitCode> => {
  const log = await openForReading(given)
  try {
    const wanted = given.text("life")
    const rows: Array<Listed> = []
    for (let partition = 0; partition < log.partitions; partition++) {
      const states = await trustsIn(log, partition)
      const devices = [...states.keys()].filter((key) => key.startsWith("did:"))
      const labels = (await fromReadModel(log, devices)) ?? (await fromAudit(log, partition, given.flag("history")))
      for (const device of devices) {
        const { state: trust, life, reputation, heard } = states.get(device)!
        const { name, labels: own } = labels.get(device) ?? { name: null, labels: {} }
        if (wanted !== null && wanted !== (life ?? "none")) continue
        rows.push({ device, name, labels: own, life, trust, reputation, heard: new Date(heard).toISOString() })
      }
    }
    rows.sort(byName)
    output.result(rows, () =>
      output.say(
        rows.length === 0
          ? "no device is known here"
          : table(
              ["name", "device", "life", "trust", "reputation", "last heard"],
              rows.map((row) => [
                row.name === null && Object.keys(row.labels).length === 0 ? "-" : labelWords(row),
                row.device,
                row.life ?? "-",
                row.trust,
                row.reputation.toFixed(2),
                row.heard,
              ]),
              [4],
            ),
      ),
    )
    return EXIT.ok
  } finally {
    await log.close()
  }
}
