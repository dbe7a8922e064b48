/** A device's messages and the entries that carry them, without signatures: the stage never sees any. */
import { createHash } from "node:crypto"
import {
  type AssayedMessage,
  type Knowledge,
  type MessageClaims,
  type MessageEntry,
  NO_KNOWLEDGE,
  type ReasonCode,
  type StateView,
  type Verdict,
} from "@assay/trust"
import { follow } from "../src/chain.ts"
import type { Incidents } from "../src/incidents.ts"
import { type IntegrityState, LAYOUT } from "../src/state.ts"

export type Link = Pick<MessageClaims, "epo" | "seq" | "prv" | "digest">

/** What `follow` says of the next message, and the state that is kept after it. */
export const after = (
  before: IntegrityState | undefined,
  link: Link,
): { readonly reasons: ReadonlyArray<ReasonCode>; readonly state: IntegrityState | undefined } => {
  const draft = LAYOUT.draft(before)
  const { reasons, moves } = follow(draft, link)
  if (moves) return { reasons, state: LAYOUT.seal(draft) }
  LAYOUT.discard(draft)
  return { reasons, state: before }
}

/** A partition in which `admitted` devices are admitted, all that are asked for among them. */
export const viewOf = (admitted = 1, shared?: Incidents): StateView<IntegrityState, Incidents> => ({
  get: () => undefined,
  shared,
  isAdmitted: () => true,
  due: () => [],
  admittedWhere: () => [],
  ownKeys: () => [],
  admitted,
})

export const digestOf = (text: string): string => createHash("sha256").update(text).digest("base64url")

/** A chain over boot epochs: `lengths[i]` messages in epoch i. */
export const chainOf = (lengths: ReadonlyArray<number>): Array<Link> => {
  const links: Array<Link> = []
  lengths.forEach((length, epo) => {
    for (let seq = 0; seq < length; seq += 1) {
      links.push({ epo, seq, prv: links.at(-1)?.digest ?? null, digest: digestOf(`${epo}/${seq}`) })
    }
  })
  return links
}

export const PASS: Verdict = {
  outcome: "pass",
  reasons: [],
  observed: [],
  obligations: [],
  knowledge: [],
  assurance: "none",
  logic: 1,
  detail: null,
}

export const entryOf = (
  claims: Partial<MessageClaims>,
  knowledge: Knowledge = NO_KNOWLEDGE,
  more: Partial<AssayedMessage> = {},
): MessageEntry => {
  const origin = { epoch: 1, partition: 0, offset: 7 }
  const message: AssayedMessage = {
    origin,
    time: 1_790_000_000_000,
    key: "did:key:zDevice",
    envelope: {
      bytes: new Uint8Array(0),
      mediaType: "application/jose",
      binding: "test",
      originator: null,
      principal: null,
    },
    claims: {
      kind: "message",
      alg: "Ed25519",
      kid: "did:key:zDevice#zDevice",
      iss: "did:key:zDevice",
      aud: "https://plant.example/historian",
      iat: 1_790_000_000,
      act: "telemetry",
      epo: 0,
      seq: 0,
      prv: null,
      fw: null,
      body: null,
      digest: digestOf("0/0"),
      ...claims,
    },
    readings: [],
    subject: null,
    verdicts: { identity: PASS, credential: PASS, integrity: null, segmentation: null, anomaly: null },
    decision: null,
    ...more,
  }
  return { kind: "message", origin, time: message.time, message, knowledge }
}
