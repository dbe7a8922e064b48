/** The demonstration on a real CSE: honest devices, then the attacks, then what the record says of both. */
import { setTimeout as sleep } from "node:timers/promises"
import { World } from "@assay/fleet"
import { resultOf } from "../carrier/attack.ts"
import type { DemoOptions } from "../carrier/program.ts"
import { type CarrierReport, honestOf } from "../carrier/report.ts"
import { decided, settled } from "../carrier/settled.ts"
import { CSE_DEMO_ATTACKS, type CseStage, type Talker } from "./attacks.ts"
import { countsOf, startSite } from "./site.ts"
import { bindings, nowSeconds, register } from "./talk.ts"

const SETTLE_MS = 60_000
/** The first devices are attacked; the last is the attacker's own. */
const VICTIMS = 2

export const runCseDemo = async (options: DemoOptions): Promise<CarrierReport> => {
  const { dir, devices, messages, seed, progress } = options
  const world = new World({ seed, now: nowSeconds(), ratePerMinute: 6_000 })
  progress("starting a CSE, a node and an adapter ...")
  const site = await startSite({ dir, world, devices: bindings(world, devices) })
  let report: Omit<CarrierReport, "ends">
  try {
    const honest: Array<Uint8Array> = []
    const talkers = await register(site.cse.url, world, devices)
    honest.push(...talkers.map(({ presentation }) => presentation))
    await decided(site.data, honest, SETTLE_MS)
    progress(`${devices} devices speak through the CSE ...`)
    const since = performance.now()
    const say = async ({ ae }: Talker, bytes: Uint8Array): Promise<void> => {
      honest.push(bytes)
      await ae.say(Buffer.from(bytes).toString())
    }
    await Promise.all(
      talkers.map(async (talker) => {
        for (let nth = 0; nth < messages; nth++) await say(talker, talker.device.message({ iat: nowSeconds() }).bytes)
      }),
    )
    await decided(site.data, honest, SETTLE_MS)
    const seconds = Math.round((performance.now() - since) / 100) / 10
    const stage: CseStage = {
      cseUrl: site.cse.url,
      victims: talkers.slice(0, VICTIMS),
      mallory: talkers.at(-1)!,
      counts: () => countsOf(site),
      say,
    }
    const played = []
    for (const attack of CSE_DEMO_ATTACKS) {
      progress(attack.title)
      played.push({ attack, attempts: await attack.run(stage) })
    }
    for (const victim of stage.victims) await say(victim, victim.device.message({ iat: nowSeconds() }).bytes)
    const attempts = played.flatMap(({ attempts: made }) =>
      made.flatMap(({ bytes, stopped }) => (bytes === null || stopped !== null ? [] : [bytes])),
    )
    await settled(site.data, [...honest, ...attempts], SETTLE_MS)
    // Copies have the bytes of what is decided already: give them the time to come.
    await sleep(1_000)
    const decisions = await settled(site.data, honest, SETTLE_MS)
    report = {
      carrier: "ACME CSE",
      seconds,
      honest: honestOf(honest, decisions),
      attacks: played.map(({ attack, attempts: made }) => resultOf(attack, made, decisions)),
    }
  } finally {
    await site.stop()
  }
  return { ...report, ends: site.ends }
}
