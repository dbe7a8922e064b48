/** What is known of devices now: the states of anomaly-quarantine, from the table that its runner keeps in the log. */
import { type Device, reputationOf } from "@assay/detection"
import { pickRows } from "@assay/engine"
import type { Log } from "@assay/log"
import { stagesOver } from "@assay/node"
import { changelogOf } from "@assay/streams"
import type { TrustState } from "@assay/trust"
import { SERVICES } from "../services.ts"

export interface KnownState {
  readonly state: TrustState
  /** When the state was entered, milliseconds since 1970 by the log's time. */
  readonly since: number
  /** 0..1, after the last message that counted. */
  readonly reputation: number
}

const CHAINED = "chained"
const ANOMALY = "anomaly-quarantine"

/** Nothing is judged here. */
const noVerify = (): never => {
  throw new Error("a state is read, and nothing is verified")
}

/** The group that decides this partition, by whose changelog has anything; null on a log that nobody has judged yet. */
const decidingGroup = async (log: Log, partition: number): Promise<string | null> => {
  for (const group of [CHAINED, ANOMALY])
    if ((await log.bounds({ stream: changelogOf(group), partition })).end > 0) return group
  return null
}

const known = (state: Device): KnownState => ({
  state: state.trust,
  since: state.since,
  reputation: reputationOf(state),
})

const statesOf = async (
  log: Log,
  partition: number,
  only: string | null,
  wanted: (state: Device) => boolean,
): Promise<ReadonlyMap<string, KnownState>> => {
  const group = await decidingGroup(log, partition)
  if (group === null) return new Map()
  const services = group === CHAINED ? SERVICES : SERVICES.filter(({ name }) => name === ANOMALY)
  const stages = stagesOver(services, log, noVerify)(partition)
  const slot = stages.findIndex(({ name }) => name === "anomaly")
  const from = { log, stages, changelog: changelogOf(group), partition, ...(only === null ? {} : { only }) }
  return pickRows(from, (states) => {
    const state = states[slot] as Device | undefined
    return state === undefined || !wanted(state) ? null : known(state)
  })
}

/** The devices of a partition that are quarantined or revoked, by DID. */
export const withheldDevices = (log: Log, partition: number): Promise<ReadonlyMap<string, KnownState>> =>
  statesOf(log, partition, null, ({ trust }) => trust === "quarantined" || trust === "revoked")

/** What is known of one device, or null. */
export const stateOfDevice = async (log: Log, partition: number, did: string): Promise<KnownState | null> =>
  (await statesOf(log, partition, did, () => true)).get(did) ?? null
