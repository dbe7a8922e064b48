/** What `assay whatif` says, as JSON and for people. */
import type { WhatifRun } from "@assay/engine"
import type { KnowledgeFile } from "../knowledge-file.ts"
import { table } from "../output.ts"
import type { Counted, DeviceRow, FlowRow, Flows } from "./flows.ts"
import type { Reach } from "./reach.ts"

export interface WhatifReport {
  readonly candidates: ReadonlyArray<{
    readonly kind: string
    readonly file: string
    readonly version: number
    readonly signed: boolean
    /** The version in force at the end of the log; null where none is. */
    readonly inForce: number | null
  }>
  /** ISO 8601. */
  readonly since: string
  readonly entries: number
  /** Messages that were derived under both, and whose recorded decision the first came to. */
  readonly compared: number
  /** Messages without a kept decision. */
  readonly pending: number
  readonly denied: Direction
  readonly allowed: Direction
  /** `verified` as recorded, `annotated` under the candidate; and the other way round. */
  readonly doubted: Counted
  readonly cleared: Counted
  readonly devices: ReadonlyArray<DeviceRow & { readonly device: string }>
  readonly notDerived: Counted
  /** Partitions whose first entries retention has taken. */
  readonly beginsLate: WhatifRun["beginsLate"]
  /** Null where no policy is compared. */
  readonly reach: Reach | null
}

type Row = Omit<FlowRow, "devices"> & { readonly devices: number }

interface Direction extends Counted {
  readonly flows: ReadonlyArray<Row>
}

const directionOf = ({ all, rows }: { readonly all: Counted; readonly rows: ReadonlyArray<FlowRow> }): Direction => ({
  ...all,
  flows: rows.map(({ devices, ...row }) => ({ ...row, devices: devices.size })),
})

export const reportOf = (
  flows: Flows,
  run: WhatifRun,
  candidates: ReadonlyArray<KnowledgeFile>,
  since: number,
  reach: Reach | null,
): WhatifReport => ({
  candidates: candidates.map(({ kind, file, active, isSigned }) => ({
    kind: kind.name,
    file,
    version: active.version,
    signed: isSigned,
    inForce: run.knowledge[0]?.items.get(`${kind.name}/`)?.version ?? null,
  })),
  since: new Date(since).toISOString(),
  entries: run.entries,
  compared: flows.compared,
  pending: flows.pending,
  denied: directionOf({ all: flows.denied.all, rows: flows.denied.sorted() }),
  allowed: directionOf({ all: flows.allowed.all, rows: flows.allowed.sorted() }),
  doubted: flows.doubted,
  cleared: flows.cleared,
  devices: [...flows.devices]
    .map(([device, row]) => ({ device, ...row }))
    .sort((a, b) => b.denied + b.allowed - (a.denied + a.allowed)),
  notDerived: flows.notDerived,
  beginsLate: run.beginsLate,
  reach,
})

/** Rows for people; `--json` has all. */
const SHOWN = 20

const listReasons = (reasons: Readonly<Record<string, number>>): string =>
  Object.entries(reasons)
    .sort((a, b) => b[1] - a[1])
    .slice(0, 3)
    .map(([code, messages]) => `${code} (${messages})`)
    .join(", ")

const describeFlows = (what: string, { messages, flows }: Direction): ReadonlyArray<string> => {
  if (messages === 0) return [`${what}: nothing`]
  const rows = flows
    .slice(0, SHOWN)
    .map((row) => [
      row.conduit ?? "none",
      `${row.from ?? "no zone"} to ${row.to ?? "no zone"}`,
      row.action,
      row.class ?? "unknown",
      String(row.devices),
      String(row.messages),
      listReasons(row.reasons),
      row.examples.join(" "),
    ])
  const head = ["conduit", "zones", "action", "class", "devices", "messages", "because", "first"]
  const more = flows.length > SHOWN ? [`and ${flows.length - SHOWN} more flows: --json has them`] : []
  return [`${what}: ${messages} messages`, ...table(head, rows, [4, 5]).split("\n"), ...more]
}

const describeDevices = ({ devices }: WhatifReport): ReadonlyArray<string> => {
  if (devices.length === 0) return []
  const rows = devices
    .slice(0, SHOWN)
    .map(({ device, denied, allowed, first }) => [device, String(denied), String(allowed), first])
  const more = devices.length > SHOWN ? [`and ${devices.length - SHOWN} more devices: --json has them`] : []
  return ["", ...table(["device", "newly denied", "newly allowed", "first"], rows, [1, 2]).split("\n"), ...more]
}

const describeReach = (reach: Reach | null): ReadonlyArray<string> => {
  if (reach === null) return []
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`
  const rows = reach.zones
    .filter(({ before, after }) => JSON.stringify(before) !== JSON.stringify(after))
    .slice(0, SHOWN)
    .map(({ zone, before, after }) => [
      zone,
      ...[before, after].flatMap((side) =>
        side === null
          ? ["no zone", "", ""]
          : [String(side.devices), side.zones.join(" ") || "none", String(side.reached)],
      ),
    ])
  const sum = `blast radius of a compromised device, as a share of the devices that speak: mean ${percent(reach.before.mean)} before, ${percent(reach.after.mean)} after; most ${percent(reach.before.max)} before, ${percent(reach.after.max)} after`
  if (rows.length === 0) return ["", `${sum}; the same in every zone`]
  const head = ["zone", "devices", "reaches", "devices there", "devices after", "reaches after", "devices there after"]
  return ["", sum, ...table(head, rows, [1, 3, 4, 6]).split("\n")]
}

export const inLines = (report: WhatifReport): ReadonlyArray<string> => {
  const { candidates, notDerived, beginsLate, pending, doubted, cleared } = report
  return [
    ...candidates.map(
      ({ kind, file, version, signed, inForce }) =>
        `${file}: ${kind} of version ${version}, ${signed ? "signed" : "not signed"}; in force is ${inForce === null ? "none" : `version ${inForce}`}${
          inForce !== null && version <= inForce ? ": an activation of this version would be refused" : ""
        }`,
    ),
    `${report.compared} messages since ${report.since} compared`,
    "",
    ...describeFlows("newly denied", report.denied),
    "",
    ...describeFlows("newly allowed", report.allowed),
    ...(doubted.messages > 0
      ? [
          "",
          `delivered, and annotated where they were verified: ${doubted.messages} messages, ${listReasons(doubted.reasons)}`,
        ]
      : []),
    ...(cleared.messages > 0
      ? [
          "",
          `delivered, and verified where they were annotated: ${cleared.messages} messages, ${listReasons(cleared.reasons)}`,
        ]
      : []),
    ...describeDevices(report),
    ...describeReach(report.reach),
    ...(notDerived.messages > 0
      ? [
          "",
          `${notDerived.messages} messages cannot be derived again, and nothing is said of them: ${listReasons(notDerived.reasons)}; first ${notDerived.examples.join(" ")}`,
        ]
      : []),
    ...beginsLate.map(
      ({ partition, offset }) =>
        `partition ${partition} begins at ${offset}: what devices did before is no longer kept, so their states begin anew there`,
    ),
    ...(pending > 0 ? [`${pending} messages have no decision that is kept, and are not compared`] : []),
  ]
}
