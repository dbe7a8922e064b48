/** What is known of devices now: the states of anomaly-quarantine, from the table that its runner keeps in the log. */
import { type Progress, REVOCATION_ROWS } from "@assay/anomaly-quarantine/revocation"
import { type Device, reputationOf } from "@assay/detection"
import { pickRows } from "@assay/engine"
import type { Log } from "@assay/log"
import { stagesOver } from "@assay/node"
import type { KnownDevices } from "@assay/segmentation"
import { changelogOf } from "@assay/streams"
import { type LifeState, SERVICE_NAMES, type StageName, type TrustState } from "@assay/trust"
import { SERVICES } from "../services.ts"

export interface KnownState {
  readonly state: TrustState
  /** What was said of its life; null where nothing was: it is active from its admission on. */
  readonly life: LifeState | null
  /** When the state was entered, milliseconds since 1970 by the log's time. */
  readonly since: number
  /** 0..1, after the last message that counted. */
  readonly reputation: number
  /** When it was last heard, milliseconds since 1970 by the log's time. */
  readonly heard: number
}

const CHAINED = "chained"

/** Nothing is judged here. */
const noVerify = (): never => {
  throw new Error("a state is read, and nothing is verified")
}

/** The group that judges this partition, by whose changelog has anything; null on a log that nobody has judged yet. */
const judgingGroup = async (log: Log, partition: number, service: string): Promise<string | null> => {
  for (const group of [CHAINED, service])
    if ((await log.bounds({ stream: changelogOf(group), partition })).end > 0) return group
  return null
}

/** What one stage keeps of the devices of a partition, or of one device. */
const pickStates = async <State, T>(
  log: Log,
  partition: number,
  stage: StageName,
  only: string | null,
  pick: (state: State) => T | null,
  own?: string,
): Promise<ReadonlyMap<string, T>> => {
  const group = await judgingGroup(log, partition, SERVICE_NAMES[stage])
  if (group === null) return new Map()
  const services = group === CHAINED ? SERVICES : SERVICES.filter(({ name }) => name === SERVICE_NAMES[stage])
  const stages = stagesOver(services, log, noVerify)(partition)
  const slot = stages.findIndex(({ name }) => name === stage)
  const from = {
    log,
    stages,
    changelog: changelogOf(group),
    partition,
    ...(only === null ? {} : { only }),
    ...(own === undefined ? {} : { own }),
  }
  return pickRows(from, (states) => {
    const state = states[slot] as State | undefined
    return state === undefined ? null : pick(state)
  })
}

/** As anomaly-quarantine keeps it. */
type Kept = Device & { readonly life: LifeState | "none" }

const known = (state: Kept): KnownState => ({
  state: state.trust,
  life: state.life === "none" ? null : state.life,
  since: state.since,
  reputation: reputationOf(state),
  heard: state.heard,
})

/** The devices of a partition that are quarantined or revoked, by DID. */
export const withheldDevices = (log: Log, partition: number): Promise<ReadonlyMap<string, KnownState>> =>
  pickStates(log, partition, "anomaly", null, (state: Kept) =>
    state.trust === "quarantined" || state.trust === "revoked" ? known(state) : null,
  )

/** All devices of a partition, by DID. */
export const trustsIn = (log: Log, partition: number): Promise<ReadonlyMap<string, KnownState>> =>
  pickStates(log, partition, "anomaly", null, known)

/** What is known of one device, or null. */
export const stateOfDevice = async (log: Log, partition: number, did: string): Promise<KnownState | null> =>
  (await pickStates(log, partition, "anomaly", did, known)).get(did) ?? null

/** How far each revocation that reaches back is in a partition. */
export const revocationsIn = async (log: Log, partition: number): Promise<ReadonlyArray<Progress>> => {
  const pick = ({ declares }: { readonly declares: string | null }): Progress | null =>
    declares === null ? null : (JSON.parse(declares) as Progress)
  return [...(await pickStates(log, partition, "anomaly", null, pick, REVOCATION_ROWS)).values()]
}

interface WithCredentials {
  readonly accepted: {
    readonly length: number
    at(index: number): { readonly terms: { readonly vendor: string; readonly class: string } }
  }
}

/** The devices that have shown a credential, with what it says of them; the last one where there are several. */
export const knownDevices = async (log: Log): Promise<KnownDevices> => {
  const all = new Map<string, { readonly vendor: string; readonly class: string }>()
  for (let partition = 0; partition < log.partitions; partition++) {
    const found = await pickStates(log, partition, "credential", null, ({ accepted }: WithCredentials) => {
      if (accepted.length === 0) return null
      const { vendor, class: deviceClass } = accepted.at(accepted.length - 1).terms
      return { vendor, class: deviceClass }
    })
    for (const [device, facts] of found) all.set(device, facts)
  }
  return all
}
