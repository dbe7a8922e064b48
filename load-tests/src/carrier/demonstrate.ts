/** A demonstration on any carrier: honest devices speak, then the attacks are made, then the record says what became of both. */
import { setTimeout as sleep } from "node:timers/promises"
import type { Device } from "@assay/fleet"
import { type CarrierAttack, resultOf } from "./attack.ts"
import { messageOf } from "./attempts.ts"
import { type CarrierReport, honestOf } from "./report.ts"
import { decided, settled } from "./settled.ts"

const SETTLE_MS = 60_000
/** The first devices are attacked; the last is the attacker's own. */
const VICTIMS = 2

/** What every attack finds. */
export interface CarrierStage<Talker> {
  /** Attacked, in turn; each is trusted already. */
  readonly victims: ReadonlyArray<Talker>
  /** The attacker's own device, enrolled and honest until now. */
  readonly mallory: Talker
  /** Said as the device says it, to be verified. */
  say(talker: Talker, bytes: Uint8Array): Promise<void>
}

export interface Demonstration<Talker, Own> {
  readonly carrier: string
  /** The node's data directory. */
  readonly data: string
  /** Of each device. */
  readonly messages: number
  readonly talkers: ReadonlyArray<Talker>
  /** The presentations that the talkers have shown. */
  readonly presented: ReadonlyArray<Uint8Array>
  /** By the carrier; resolves when it has the message. */
  readonly send: (talker: Talker, bytes: Uint8Array) => Promise<unknown>
  /** What attacks on this carrier find beside what all do. */
  readonly stage: () => Promise<Own>
  readonly attacks: ReadonlyArray<CarrierAttack<CarrierStage<Talker> & Own>>
  readonly progress: (line: string) => void
}

export const demonstrate = async <Talker extends { readonly device: Device }, Own>(
  wanted: Demonstration<Talker, Own>,
): Promise<Omit<CarrierReport, "ends">> => {
  const { carrier, data, messages, talkers, presented, send, attacks, progress } = wanted
  const honest = [...presented]
  const say = async (talker: Talker, bytes: Uint8Array): Promise<void> => {
    honest.push(bytes)
    await send(talker, bytes)
  }
  await decided(data, honest, SETTLE_MS)
  progress(`${talkers.length} devices speak through ${carrier} ...`)
  const since = performance.now()
  await Promise.all(
    talkers.map(async (talker) => {
      for (let nth = 0; nth < messages; nth++) await say(talker, messageOf(talker))
    }),
  )
  await decided(data, honest, SETTLE_MS)
  const seconds = Math.round((performance.now() - since) / 100) / 10
  const victims = talkers.slice(0, VICTIMS)
  const stage = { ...(await wanted.stage()), victims, mallory: talkers.at(-1)!, say }
  const played = []
  for (const attack of attacks) {
    progress(attack.title)
    played.push({ attack, attempts: await attack.run(stage) })
  }
  for (const victim of victims) await say(victim, messageOf(victim))
  const sent = played.flatMap(({ attempts }) =>
    attempts.flatMap(({ bytes, stopped }) => (bytes === null || stopped !== null ? [] : [bytes])),
  )
  await settled(data, [...honest, ...sent], SETTLE_MS)
  // Copies have the bytes of what is decided already: give them the time to come.
  await sleep(1_000)
  const decisions = await settled(data, honest, SETTLE_MS)
  return {
    carrier,
    seconds,
    honest: honestOf(honest, decisions),
    attacks: played.map(({ attack, attempts }) => resultOf(attack, attempts, decisions)),
  }
}
