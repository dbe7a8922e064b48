/** Devices that really sign, and a stage driven over its entries in any batch split. */
import { generateKeyPairSync, hash, type KeyObject } from "node:crypto"
import { encodeDidJwk, encodeDidKey, publicKeyOf, resolveDeviceKey } from "@assay/did"
import { signClaims } from "@assay/jose"
import { type VerifyJob, verifyNow } from "@assay/jose/verify"
import {
  type Active,
  type AssayedMessage,
  type Envelope,
  type Judged,
  type Judgement,
  type MessageEntry,
  NO_KNOWLEDGE,
  type RootSet,
  type StateView,
  type TrustBundle,
} from "@assay/trust"
import type { IdentityLimits } from "../src/limits.ts"
import { type IdentityStage, type IdentityState, identityStage } from "../src/stage.ts"
import { LAYOUT } from "../src/state.ts"

/** Seconds. */
export const GENESIS = 1_700_000_000
export const NOW = GENESIS + 10_000
export const AUDIENCE = "https://plant.example/line/1"
const PRV = "A".repeat(43)

/** What the next message names: the digest of this one. */
export const digestOf = (signed: Uint8Array): string => {
  const text = Buffer.from(signed).toString("latin1")
  return hash("sha256", text.slice(0, text.lastIndexOf(".")), "base64url")
}

const pairOf = (kind: "Ed25519" | "ES256") =>
  kind === "Ed25519" ? generateKeyPairSync("ed25519") : generateKeyPairSync("ec", { namedCurve: "P-256" })

/** @param of a private key, for another DID of it */
export const device = (
  kind: "Ed25519" | "ES256" = "Ed25519",
  method: "key" | "jwk" = kind === "Ed25519" ? "key" : "jwk",
  of?: KeyObject,
) => {
  const privateKey = of ?? pairOf(kind).privateKey
  const key = publicKeyOf(privateKey)
  const did = method === "key" ? encodeDidKey(key) : encodeDidJwk(key)
  const resolved = resolveDeviceKey(did)
  if ("reason" in resolved) throw new Error(resolved.detail)
  const sign = (claims: object, typ = "m2m-message+jwt", kid = resolved.kid) =>
    signClaims(claims, privateKey, { kid, typ })
  return {
    did,
    kid: resolved.kid,
    key: privateKey,
    sign,
    message: (members: object = {}) =>
      sign({ iss: did, aud: AUDIENCE, iat: NOW, act: "event", epo: 1, seq: 0, prv: PRV, body: {}, ...members }),
    presentation: (members: object = {}) =>
      sign({ iss: did, aud: AUDIENCE, iat: NOW, vc: ["a.b.c"], ...members }, "m2m-presentation+jwt"),
  }
}
export type Device = ReturnType<typeof device>

export const bundle = (change: Partial<TrustBundle> = {}): Active<TrustBundle> => ({
  hash: "ab".repeat(32),
  version: 1,
  expires: Number.MAX_SAFE_INTEGER,
  body: {
    version: 1,
    issued: 0,
    expires: Number.MAX_SAFE_INTEGER,
    trustDomain: "https://plant.example/",
    issuers: [],
    operators: [],
    thresholds: { quarantine: 1, release: 1, revoke: 2, "breaker-override": 2 },
    statusLists: [],
    firmware: [],
    minimumSvn: {},
    nextRoots: null,
    ...change,
  },
})

export interface Submission {
  readonly key: string
  readonly bytes: Uint8Array
  /** Seconds; NOW by default. */
  readonly time?: number
  readonly bundle?: Active<TrustBundle> | null
  readonly roots?: RootSet
  readonly partition?: number
  /** How it came, where that is not by `test`. */
  readonly envelope?: Partial<Envelope>
}

export const submit = (from: Device, bytes: Uint8Array, rest: Partial<Submission> = {}): Submission => ({
  key: from.did,
  bytes,
  ...rest,
})

/** One partition with a submitted log, a table of states and the real stage over them. */
export class Driver {
  readonly stage: IdentityStage
  readonly states = new Map<string, IdentityState>()
  readonly messages: Array<AssayedMessage> = []
  readonly #bundle = bundle()

  constructor(limits: Partial<IdentityLimits> = {}) {
    this.stage = identityStage(
      {
        genesis: GENESIS * 1000,
        partitionOf: () => 0,
        verify: async (jobs: ReadonlyArray<VerifyJob>) =>
          Uint8Array.from(jobs, (job) => verifyNow(job, job.signingInput, job.signature)),
      },
      limits,
    )
  }

  /** Submits and judges; `batch` messages at a time. */
  async run(
    submissions: ReadonlyArray<Submission>,
    batch = submissions.length,
  ): Promise<Array<Judgement<IdentityState>>> {
    const found: Array<Judgement<IdentityState>> = []
    for (let from = 0; from < submissions.length; from += batch)
      found.push(...(await this.#judge(submissions.slice(from, from + batch).map((s) => this.#entry(s)))))
    return found
  }

  /** The reasons of the verdict or of the rejection, and which of the two it was. */
  async outcome(submission: Submission): Promise<[string, ...Array<string>]> {
    const [judged] = await this.run([submission])
    return summary(judged!)
  }

  async #judge(entries: ReadonlyArray<MessageEntry>): Promise<Array<Judgement<IdentityState>>> {
    const view: StateView<IdentityState> = {
      get: (key) => this.states.get(key),
      shared: undefined,
      isAdmitted: () => true,
      due: () => [],
      admittedWhere: () => [],
      ownKeys: () => [],
      admitted: 0,
    }
    const prepared = await this.stage.prepare!(entries.map(({ message }) => message))
    const facts = await this.stage.gather!(entries, prepared)
    return entries.map((entry, index) => {
      const subject = this.stage.subject(entry, prepared[index])
      const state = subject === null ? undefined : this.states.get(subject)
      const judged = this.stage.logic.get(1)!.judge(entry, state, facts[index], view)
      if (judged.rejection !== undefined) return judged
      // As the runner does: the message gets its claims, and a state is stored, so that every test runs through the codec.
      const { claims, readings } = judged.enrich!
      Object.assign(entry.message, { claims, readings })
      const stored = judged.state && LAYOUT.decode(LAYOUT.encode(judged.state))
      if (stored !== undefined) this.states.set(subject!, stored)
      return judged
    })
  }

  #entry(submission: Submission): MessageEntry {
    const origin = { epoch: 0, partition: submission.partition ?? 0, offset: this.messages.length }
    const time = (submission.time ?? NOW) * 1000
    const { key, bytes } = submission
    const message: AssayedMessage = {
      origin,
      time,
      key,
      envelope: {
        bytes,
        mediaType: "application/jose",
        binding: "test",
        originator: null,
        principal: null,
        ...submission.envelope,
      },
      claims: null,
      readings: [],
      subject: null,
      verdicts: { identity: null, credential: null, integrity: null, segmentation: null, anomaly: null },
      decision: null,
    }
    this.messages.push(message)
    const found = submission.bundle === undefined ? this.#bundle : submission.bundle
    return {
      kind: "message",
      origin,
      time,
      message,
      knowledge: { ...NO_KNOWLEDGE, bundle: found, roots: submission.roots ?? null },
    }
  }
}

export const summary = (judgement: Judgement<IdentityState>): [string, ...Array<string>] =>
  judgement.rejection !== undefined
    ? ["rejected", judgement.rejection.reason]
    : [judgement.verdict.outcome, ...judgement.verdict.reasons]

/** For what is expected to be judged. */
export const judged = (judgement: Judgement<IdentityState> | undefined): Judged<IdentityState> => {
  if (judgement === undefined || judgement.rejection !== undefined) throw new Error("it was rejected")
  return judgement
}
