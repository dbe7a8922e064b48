/** A small world for the tests of this service: real keys, really signed credentials, a bundle, a table of states. */
import { generateKeyPairSync, type KeyObject } from "node:crypto"
import { type Capabilities, type CredentialInput, encodeStatusList, issueCredential } from "@assay/credentials"
import { encodeDidKey, publicKeyOf } from "@assay/did"
import { type VerifyJob, verifyNow } from "@assay/jose/verify"
import {
  type Active,
  type AdmissionEntry,
  type Claims,
  type Judged,
  type MessageClaims,
  type MessageEntry,
  NO_KNOWLEDGE,
  type Profile,
  type Reading,
  type ReasonCode,
  type StateView,
  type TrustBundle,
  type Verdict,
} from "@assay/trust"
import { credentialStage } from "../src/stage.ts"
import type { CredentialState } from "../src/state.ts"

export interface Actor {
  readonly did: string
  readonly key: KeyObject
}
export const actor = (): Actor => {
  const { privateKey } = generateKeyPairSync("ed25519")
  return { did: encodeDidKey(publicKeyOf(privateKey)), key: privateKey }
}

export const maker = actor()
export const stranger = actor()
export const device = actor()
export const twin = actor()

export const NOW = Date.UTC(2026, 5, 1)
export const DAY = 86_400_000
export const REVOCATIONS = "https://acme.example/status/revocation"
export const SUSPENSIONS = "https://acme.example/status/suspension"
export const AUD = "https://plant.example/line/1"

export const caps: Capabilities = {
  measurements: [{ name: "temp", unit: "Cel", min: -40, max: 85 }],
  actions: ["telemetry", "event"],
  audiences: ["https://plant.example/*"],
  ratePerMinute: 60,
}

export const credentialOf = (over: Partial<CredentialInput> = {}, issuer: Actor = maker): string =>
  issueCredential(
    {
      subject: device.did,
      vendor: "acme",
      class: "pump",
      assurance: "software",
      hardwareId: null,
      capabilities: caps,
      validFrom: NOW - DAY,
      validUntil: NOW + DAY,
      status: [{ list: REVOCATIONS, purpose: "revocation", index: 7 }],
      ...over,
    },
    issuer,
  )

export interface BundleOptions {
  readonly revoked?: ReadonlyArray<number>
  readonly suspended?: ReadonlyArray<number>
  readonly issued?: number
  readonly over?: Partial<TrustBundle>
  readonly hash?: string
}

export const bundleOf = (options: BundleOptions = {}): Active<TrustBundle> => {
  const issued = options.issued ?? NOW
  const list = { issuer: maker.did, issued, maxAgeMs: 60_000 }
  const body: TrustBundle = {
    version: 1,
    issued,
    expires: NOW + 30 * DAY,
    trustDomain: "https://plant.example/",
    issuers: [
      {
        did: maker.did,
        credentialTypes: ["AssayDeviceCredential"],
        vendors: ["acme"],
        measurements: ["*"],
        actions: ["telemetry", "event"],
        maxAssurance: "software",
      },
    ],
    operators: [],
    thresholds: { quarantine: 1, release: 1, revoke: 2, "breaker-override": 2 },
    statusLists: [
      { ...list, id: REVOCATIONS, purpose: "revocation", encodedList: encodeStatusList(0, options.revoked ?? []) },
      { ...list, id: SUSPENSIONS, purpose: "suspension", encodedList: encodeStatusList(0, options.suspended ?? []) },
    ],
    firmware: [],
    minimumSvn: {},
    nextRoots: null,
    ...options.over,
  }
  return { hash: options.hash ?? "b1".repeat(32), version: 1, expires: body.expires, body }
}

const identityPass: Verdict = {
  outcome: "pass",
  reasons: [],
  observed: [],
  obligations: [],
  knowledge: [],
  assurance: "none",
  logic: 1,
  detail: null,
}
export const identityWith = (reasons: ReadonlyArray<ReasonCode>): Verdict => ({
  ...identityPass,
  outcome: reasons.length === 0 ? "pass" : "fail",
  reasons,
})

export const temp = (value: number, time = NOW / 1000): Reading => ({
  name: "temp",
  unit: "Cel",
  value,
  text: null,
  flag: null,
  time,
})

interface EntryOptions {
  readonly claims?: Partial<Pick<MessageClaims, "iss" | "aud" | "act" | "iat">>
  /** Those of a presentation; absent for a message. */
  readonly credentials?: ReadonlyArray<string>
  readonly readings?: ReadonlyArray<Reading>
  readonly time?: number
  readonly bundle?: Active<TrustBundle> | null
  readonly identity?: Verdict
  readonly profile?: Active<Profile>
}

export const messageOf = (options: EntryOptions = {}): MessageEntry => {
  const time = options.time ?? NOW
  const origin = { epoch: 1, partition: 0, offset: 0 }
  const { iss = device.did, aud = AUD, act = "telemetry", iat = Math.floor(time / 1000) } = options.claims ?? {}
  const head = { alg: "Ed25519", kid: `${device.did}#x`, iss, aud, iat, digest: "d" } as const
  const claims: Claims =
    options.credentials === undefined
      ? { kind: "message", ...head, act, epo: 0, seq: 0, prv: null, fw: null, body: null }
      : { kind: "presentation", ...head, credentials: options.credentials }
  return {
    kind: "message",
    origin,
    time,
    knowledge: {
      ...NO_KNOWLEDGE,
      bundle: options.bundle === undefined ? defaultBundle : options.bundle,
      profile: options.profile ?? null,
    },
    message: {
      origin,
      time,
      key: claims.iss,
      envelope: { bytes: new Uint8Array(0), mediaType: "", binding: "test", originator: null, principal: null },
      claims,
      readings: options.readings ?? [temp(20)],
      subject: null,
      verdicts: {
        identity: options.identity ?? identityPass,
        credential: null,
        integrity: null,
        segmentation: null,
        anomaly: null,
      },
      decision: null,
    },
  }
}

export const defaultBundle = bundleOf()

export const presentationOf = (credentials: ReadonlyArray<string>, options: EntryOptions = {}): MessageEntry =>
  messageOf({ ...options, readings: [], credentials })

/** One partition: states in memory, admissions applied when asked for, signatures really verified. */
export const partition = () => {
  const states = new Map<string, CredentialState>()
  const admitted = new Set<string>()
  const counts = { verified: 0 }
  const view: StateView<CredentialState> = {
    get: (key) => states.get(key),
    shared: undefined,
    isAdmitted: (key) => admitted.has(key),
    due: () => [],
    admittedWhere: () => [],
    ownKeys: () => [],
    get admitted() {
      return admitted.size
    },
  }
  const stage = credentialStage({
    verify: async (jobs: ReadonlyArray<VerifyJob>) => {
      counts.verified += jobs.length
      return Uint8Array.from(jobs, (job) => verifyNow(job, job.signingInput, job.signature))
    },
  })
  const logic = stage.logic.get(1)!
  /** Also adds to the message what the stage found out about it, as the runner does. */
  const judge = async (entry: MessageEntry): Promise<Judged<CredentialState>> => {
    const [facts] = await stage.gather!([entry], [])
    const iss = entry.message.claims!.iss
    const judgement = logic.judge(entry, states.get(iss), facts!, view)
    if (judgement.rejection !== undefined) throw new Error("credential-checker never rejects")
    Object.assign(entry.message, judgement.enrich === undefined ? {} : { subject: judgement.enrich.subject })
    if (judgement.state !== undefined) states.set(iss, judgement.state)
    return judgement
  }
  const admit = async (did: string, time = NOW, bundle = defaultBundle) => {
    const origin = { epoch: 1, partition: 0, offset: 1 }
    const entry: AdmissionEntry = {
      kind: "admission",
      origin,
      time,
      device: did,
      proof: null,
      knowledge: { ...NO_KNOWLEDGE, bundle },
    }
    admitted.add(did)
    const [facts] = await stage.gather!([entry], [])
    const effects = logic.apply(entry, view, facts!)
    for (const [key, state] of effects.states) state === null ? states.delete(key) : states.set(key, state)
    return effects
  }
  return { states, stage, judge, admit, counts, view }
}
