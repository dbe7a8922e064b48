/** A real stage's shape with the smallest judgement: it counts a device's messages and remembers ticks. */
import { encodeEntry } from "@assay/schemas"
import { type AnyStage, type AssayedMessage, type Logic, NO_EFFECTS, type Origin, type Verdict } from "@assay/trust"
import { deviceOf } from "@assay/trust/kit"
import { newMessage } from "../../src/order/entries.ts"

export interface Counted {
  readonly count: number
}

export const VERDICT: Verdict = {
  outcome: "pass",
  reasons: [],
  observed: [],
  obligations: [],
  knowledge: [],
  assurance: "none",
  logic: 1,
  detail: null,
}

/** Stands in for credential-checker: reads `identified`, writes `checked`. A device whose count comes to `gone` is dropped. */
export const countingStage = (gone = Number.POSITIVE_INFINITY, maxStrangers = 50): AnyStage => ({
  name: "credential",
  strangers: { maximum: maxStrangers },
  // These tests are about the engine alone: no knowledge comes into force in them.
  beforeBundle: true,
  state: {
    sizeOf: () => 4,
    write: (state: Counted, to: Buffer, at: number) => {
      to.writeUInt32BE(state.count, at)
    },
    decode: (bytes: Uint8Array) => ({ count: Buffer.from(bytes).readUInt32BE(0) }),
  },
  subject: deviceOf,
  logic: new Map([[1, countingLogic(1, gone)]]),
})

/** What `version` of the stage finds. */
export const countingLogic = (version: number, gone = Number.POSITIVE_INFINITY): Logic<Counted | null> => ({
  judge: (_entry, state) => {
    const count = (state?.count ?? 0) + 1
    const verdict = { ...VERDICT, logic: version, detail: String(count) }
    return { verdict, state: count >= gone ? null : { count } }
  },
  apply: () => NO_EFFECTS,
})

/** A message as identity-resolver passes it on. */
export const identified = (device: string, origin: Origin, time: number): Uint8Array => {
  const bare = newMessage(origin, time, device, {
    bytes: Buffer.from("signed"),
    mediaType: "application/jose",
    binding: "test",
    originator: null,
    principal: null,
  })
  const message: AssayedMessage = {
    ...bare,
    claims: {
      kind: "message",
      alg: "Ed25519",
      kid: `${device}#key`,
      iss: device,
      aud: "urn:assay:test",
      iat: Math.floor(time / 1000),
      act: "event",
      epo: 1,
      seq: origin.offset,
      prv: null,
      fw: null,
      body: "{}",
      digest: "A".repeat(43),
    },
    verdicts: { ...bare.verdicts, identity: VERDICT },
  }
  return encodeEntry({ origin, time, body: { kind: "message", message } })
}
