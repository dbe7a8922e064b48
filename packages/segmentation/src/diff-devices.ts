/** What a candidate policy would change for devices: who may say what to whom no longer, or newly. */
import { ACTIONS, type Action, type SegmentationPolicy } from "@assay/trust"
import { type CompiledPolicy, compilePolicy } from "./compile/compile.ts"
import { conduitOf, diffPolicies, type Flow } from "./diff.ts"

/** Devices by DID, with what places them in a zone. */
export type KnownDevices = ReadonlyMap<string, { readonly vendor: string | null; readonly class: string | null }>

export interface ChangedFlow {
  /** The zone that is spoken to. */
  readonly to: string
  readonly action: Action
  /** What carried it, or what would. */
  readonly conduit: string
}

/** Devices for which the same changes. */
export interface DeviceChange {
  /** Null: a class that neither policy names, or none. */
  readonly class: string | null
  /** Their zone; null: none. */
  readonly before: string | null
  readonly after: string | null
  /** Null where nobody knows which devices there are. */
  readonly devices: ReadonlyArray<string> | null
  readonly denied: ReadonlyArray<ChangedFlow>
  readonly allowed: ReadonlyArray<ChangedFlow>
}

type Change = Pick<DeviceChange, "denied" | "allowed">

const nameOf = (policy: SegmentationPolicy, conduit: number): string => policy.conduits[conduit]!.id

/** Of devices of one class whose zone is `before` and would be `after`. */
const changeOf = (
  a: CompiledPolicy,
  b: CompiledPolicy,
  cls: string | null,
  before: string | null,
  after: string | null,
): Change => {
  const denied: Array<ChangedFlow> = []
  const allowed: Array<ChangedFlow> = []
  const look = (compiled: CompiledPolicy, from: string | null, to: string, action: Action): number =>
    from === null ? -1 : conduitOf(compiled, { from, to, action, class: cls } satisfies Flow)
  for (const to of new Set([...a.table.zones, ...b.table.zones]))
    for (const action of ACTIONS) {
      const old = look(a, before, to, action)
      const now = look(b, after, to, action)
      if (old >= 0 && now < 0) denied.push({ to, action, conduit: nameOf(a.policy, old) })
      if (old < 0 && now >= 0) allowed.push({ to, action, conduit: nameOf(b.policy, now) })
    }
  return { denied, allowed }
}

/** @param known null where no log is at hand: then zones and classes speak for their devices */
export const diffDevices = (
  before: SegmentationPolicy,
  after: SegmentationPolicy,
  known: KnownDevices | null,
): ReadonlyArray<DeviceChange> => {
  const a = compilePolicy(before)
  const b = compilePolicy(after)
  const groups = new Map<
    string,
    { class: string | null; before: string | null; after: string | null; devices: Array<string> }
  >()
  const put = (cls: string | null, from: string | null, to: string | null): Array<string> => {
    const name = JSON.stringify([cls, from, to])
    const group = groups.get(name) ?? { class: cls, before: from, after: to, devices: [] }
    groups.set(name, group)
    return group.devices
  }
  if (known === null) {
    const { denied, allowed } = diffPolicies(before, after)
    for (const flow of [...denied, ...allowed]) put(flow.class, flow.from, flow.from)
  } else
    for (const [device, { vendor, class: cls }] of known) {
      const zone = (compiled: CompiledPolicy): string | null =>
        compiled.table.zones[compiled.zoneOfDevice(device, vendor, cls)] ?? null
      put(cls, zone(a), zone(b)).push(device)
    }
  return [...groups.values()]
    .map((group) => ({
      ...group,
      devices: known === null ? null : group.devices,
      ...changeOf(a, b, group.class, group.before, group.after),
    }))
    .filter(({ denied, allowed, before: from, after: to }) => denied.length + allowed.length > 0 || from !== to)
}

const NAMED = 5

const whoIs = ({ class: cls, before, after, devices }: DeviceChange): string => {
  const kind = cls === null ? "" : ` of class ${cls}`
  const zone = (id: string | null): string => (id === null ? "no zone" : `zone ${id}`)
  const where =
    before === after
      ? ` in ${zone(before)}`
      : ` that ${devices?.length === 1 ? "moves" : "move"} from ${zone(before)} to ${zone(after)}`
  if (devices === null) return `devices${kind === "" && cls === null ? " of any other class" : kind}${where}`
  const names = devices.slice(0, NAMED).join(", ")
  const more = devices.length > NAMED ? ` and ${devices.length - NAMED} more` : ""
  return `${devices.length} ${devices.length === 1 ? "device" : "devices"}${kind}${where} (${names}${more})`
}

/** One line for each change, for people. */
export const describeDeviceChanges = (changes: ReadonlyArray<DeviceChange>): ReadonlyArray<string> =>
  changes.flatMap((change) => {
    const who = whoIs(change)
    const { denied, allowed } = change
    const lines = [
      ...denied.map(
        ({ to, action, conduit }) => `newly denied: ${who}: ${action} to ${to}, which ${conduit} carries now`,
      ),
      ...allowed.map(({ to, action, conduit }) => `newly allowed: ${who}: ${action} to ${to}, by ${conduit}`),
    ]
    return lines.length > 0 ? lines : [`moved: ${who}: the same flows as before`]
  })
