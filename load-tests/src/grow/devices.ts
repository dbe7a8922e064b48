/** Devices that submit over HTTP, one message after the other: each is sent again, to the next address, until it is acknowledged. */
import { setTimeout as sleep } from "node:timers/promises"
import { type Device, randomOf } from "@assay/fleet"
import { senseOf } from "../mqtt/devices.ts"
import { nowSeconds } from "../now.ts"
import { type Book, digestOf } from "./attempts.ts"

export interface Talk {
  /** Where they send from now on, as behind a name or a load balancer. */
  addresses: ReadonlyArray<string>
  /** Why messages were not taken, by the code or the error, with how often. */
  readonly refused: ReadonlyMap<string, number>
  /** Answers that no device could do anything with. */
  readonly problems: ReadonlyArray<string>
  /** From when a message was first sent until it was acknowledged, in milliseconds: the longest of each device so far; then it counts anew. */
  takeLongest(): ReadonlyArray<number>
  /** Resolves when each device has had a message acknowledged since now. @throws Error where that takes longer */
  heardAll(withinMs: number): Promise<void>
  /** Nothing more is signed; resolves when all that was is acknowledged. */
  stop(): Promise<void>
}

const AGAIN_MS = 200
const ANSWER_MS = 15_000
/** 408, 429 and what a node that cannot take anything says. */
const MAY_TRY_AGAIN = new Set([408, 429, 503])

export interface TalkOptions {
  readonly devices: ReadonlyArray<Device>
  readonly addresses: ReadonlyArray<string>
  readonly everyMs: number
  readonly seed: string
  readonly book: Book
}

export const startTalk = ({ devices, addresses, everyMs, seed, book }: TalkOptions): Talk => {
  const refused = new Map<string, number>()
  const problems: Array<string> = []
  const longest = new Array<number>(devices.length).fill(0)
  const acknowledged = new Array<number>(devices.length).fill(0)
  const stopping = new AbortController()
  const count = (code: string): void => void refused.set(code, (refused.get(code) ?? 0) + 1)

  /** @returns whether there is nothing more to be tried */
  const post = async (address: string, bytes: Uint8Array): Promise<boolean> => {
    const said = book.get(digestOf(bytes))!
    try {
      const answer = await fetch(`${address}/v1/messages`, {
        method: "POST",
        headers: { "content-type": "application/jose" },
        body: new Uint8Array(bytes),
        signal: AbortSignal.timeout(ANSWER_MS),
      })
      const body = (await answer.json()) as { readonly error?: string; readonly origin?: typeof said.origin }
      if (answer.status === 202) {
        said.acknowledged = true
        said.origin = body.origin ?? null
        return true
      }
      count(body.error ?? `answers ${answer.status}`)
      if (MAY_TRY_AGAIN.has(answer.status)) return false
      problems.push(`a message was refused for good: ${answer.status} ${body.error}`)
      return true
    } catch (cause) {
      const { code } = ((cause as Error).cause ?? {}) as { readonly code?: string }
      count(code ?? (cause as Error).name)
      return false
    }
  }
  const submit = async (nth: number, bytes: Uint8Array): Promise<void> => {
    const since = performance.now()
    for (let turn = nth; ; turn++) {
      if (await post(talk.addresses[turn % talk.addresses.length]!, bytes)) break
      await sleep(AGAIN_MS)
    }
    acknowledged[nth] = performance.now()
    longest[nth] = Math.max(longest[nth]!, acknowledged[nth]! - since)
  }
  const one = async (device: Device, nth: number): Promise<void> => {
    const sense = senseOf(device, randomOf(`${seed} ${device.did}`))
    const say = async (bytes: Uint8Array): Promise<void> => {
      book.set(digestOf(bytes), { device: device.did, by: "http", origin: null, acknowledged: false })
      await submit(nth, bytes)
    }
    await say(device.presentation(undefined, nowSeconds()).bytes)
    while (!stopping.signal.aborted) {
      await say(device.message({ iat: nowSeconds(), values: sense() }).bytes)
      await sleep(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }
  const talk: Talk = {
    addresses,
    refused,
    problems,
    takeLongest: () => longest.splice(0, longest.length, ...longest.map(() => 0)),
    heardAll: async (withinMs) => {
      const since = performance.now()
      while (acknowledged.some((at) => at < since)) {
        if (performance.now() > since + withinMs) throw new Error("a device was not heard again")
        await sleep(AGAIN_MS)
      }
    },
    stop: async () => {
      stopping.abort()
      await talking
    },
  }
  const talking = Promise.all(devices.map(one))
  talking.catch((cause) => problems.push(String(cause)))
  return talk
}
