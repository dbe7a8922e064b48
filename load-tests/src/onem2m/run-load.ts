/** The same messages in one run by two ways: through a CSE with many containers, and straight to the node over HTTP. */
import { World } from "@assay/fleet"
import { type CarrierReport, honestOf } from "../carrier/report.ts"
import { decided, settled } from "../carrier/settled.ts"
import { nowSeconds } from "../now.ts"
import { countsOf, startSite } from "./site.ts"
import { aeIdOf, register } from "./talk.ts"

export interface LoadOptions {
  readonly dir: string
  readonly containers: number
  /** Of each device. */
  readonly messages: number
  readonly seed: string
  readonly progress: (line: string) => void
}

export interface Way {
  readonly name: string
  readonly messages: number
  /** From the first message handed over to the last that was. */
  readonly handedOverSeconds: number
  /** To the last decision. */
  readonly decidedSeconds: number
  readonly perSecond: number
}

export interface LoadReport {
  readonly ways: ReadonlyArray<Way>
  readonly honest: CarrierReport["honest"]
  /** Of the adapter. */
  readonly counts: Awaited<ReturnType<typeof countsOf>>
}

const SETTLE_MS = 300_000

const rounded = (ms: number): number => Math.round(ms / 100) / 10

export const runCseLoad = async (options: LoadOptions): Promise<LoadReport> => {
  const { dir, containers, messages, seed, progress } = options
  const world = new World({ seed, now: nowSeconds(), ratePerMinute: 60_000 })
  const direct = Array.from({ length: containers }, (_, n) => world.device(`direct ${n}`, { ordinal: n }))
  const site = await startSite({ dir, world })
  const sent: Array<Uint8Array> = []
  const measure = async (name: string, run: () => Promise<ReadonlyArray<Uint8Array>>): Promise<Way> => {
    progress(`${containers} devices say ${messages} messages each, ${name} ...`)
    const since = performance.now()
    const said = await run()
    const handedOver = performance.now() - since
    sent.push(...said)
    await decided(site.data, said, SETTLE_MS)
    const all = performance.now() - since
    return {
      name,
      messages: said.length,
      handedOverSeconds: rounded(handedOver),
      decidedSeconds: rounded(all),
      perSecond: Math.round((said.length * 1_000) / all),
    }
  }
  const post = async (bytes: Uint8Array): Promise<void> => {
    const headers = { "content-type": "application/jose" }
    const answer = await fetch(`${site.node.url}/v1/messages`, { method: "POST", headers, body: Buffer.from(bytes) })
    if (answer.status !== 202) throw new Error(`the node answers ${answer.status}: ${await answer.text()}`)
    await answer.arrayBuffer()
  }
  try {
    progress(`${containers} AEs register (${aeIdOf(0)} ...) and show their credentials`)
    const talkers = await register(site.cse.url, world, containers)
    const presented = [
      ...talkers.map(({ presentation }) => presentation),
      ...direct.map((device) => device.presentation(undefined, nowSeconds()).bytes),
    ]
    for (const bytes of presented.slice(containers)) await post(bytes)
    await decided(site.data, presented, SETTLE_MS)
    sent.push(...presented)
    // Signed before: what is measured is the way.
    const through = talkers.map(({ device }) =>
      Array.from({ length: messages }, () => device.message({ iat: nowSeconds() }).bytes),
    )
    const straight = direct.map((device) =>
      Array.from({ length: messages }, () => device.message({ iat: nowSeconds() }).bytes),
    )
    const ways = [
      await measure("through the CSE", async () => {
        await Promise.all(
          talkers.map(async ({ ae }, n) => {
            for (const bytes of through[n]!) await ae.say(Buffer.from(bytes).toString())
          }),
        )
        return through.flat()
      }),
      await measure("straight over HTTP", async () => {
        await Promise.all(
          straight.map(async (own) => {
            for (const bytes of own) await post(bytes)
          }),
        )
        return straight.flat()
      }),
    ]
    const counts = await countsOf(site)
    return { ways, honest: honestOf(sent, await settled(site.data, sent, SETTLE_MS)), counts }
  } finally {
    await site.stop()
  }
}
