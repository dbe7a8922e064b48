/** What devices read from each other and from a deployment: passports, policy slices, revocation snapshots, the handshake. */
import { policyText } from "@assay/fleet"
import { dsseSign } from "@assay/jose"
import {
  awaitHandshake,
  beginHandshake,
  checksOf,
  type HandshakeState,
  isRefused,
  type Own,
  openPassport,
  openSlice,
  openSnapshot,
  type Slice,
  stepHandshake,
} from "@assay/passport"
import { SLICE_TYPE } from "@assay/passport/issue"
import {
  cutSlice,
  DEFAULT_LIMITS,
  filterOf,
  type PassportTerms,
  signPassport,
  signSnapshot,
} from "@assay/passport-issuer"
import { parsePolicy } from "@assay/segmentation"
import { signerOfKey } from "@assay/signing"
import type { Target } from "../target.ts"
import { devices, NOW, world } from "../world.ts"

// Keys of Ed25519 alone: of ES256 every signature has a second form.
const [peer, own] = devices.filter(({ profile }) => profile.identity.alg === "Ed25519")
const issuer = signerOfKey(world.manufacturer.key)
const signers = [peer!, own!].map(({ profile }) => signerOfKey(profile.identity.key))

const cut = cutSlice(parsePolicy(policyText(NOW)).policy!, {
  zone: "field",
  version: 1,
  trustDomain: world.trustDomain,
  signers: [issuer.did],
  limits: DEFAULT_LIMITS,
  issued: (NOW - 60) * 1_000,
  expires: (NOW + 86_400) * 1_000,
})
const signed = dsseSign(SLICE_TYPE, Buffer.from(JSON.stringify(cut)), world.roots.slice(0, 2))
const opened = await openSlice(signed, world.rootSet, null)
if (isRefused(opened)) throw new Error(opened.detail)
const held: Slice = opened

const terms = (sub: string): PassportTerms => ({
  sub,
  aud: world.trustDomain,
  iat: NOW,
  exp: NOW + 3_600,
  jti: Buffer.alloc(8, sub.length).toString("base64url"),
  "ear.status": "none",
  m2m: {
    trust: "trusted",
    reputation: 90,
    zone: "field",
    class: "weather",
    assurance: "software",
    acts: ["telemetry", "event"],
    audiences: [`${world.trustDomain}historian/*`],
    log: { epoch: 1, partition: 0, size: 7, root: Buffer.alloc(32, 3).toString("base64url") },
  },
})
const passports = await Promise.all(signers.map(({ did }) => signPassport(terms(did), issuer)))

/** What was signed and nothing else is believed: everything here is of keys that sign deterministically. */
const onlyIssued = (bytes: Uint8Array, issued: ReadonlyArray<Uint8Array>, what: string): void => {
  if (!issued.some((one) => Buffer.compare(one, bytes) === 0)) throw new Error(`${what} that nobody signed is believed`)
}

const PASSPORTS = passports.flatMap(({ jwt, cwt }) => [jwt, cwt!])
const passport: Target = {
  name: "passport",
  about: "openPassport: a passport as JWT or CWT, as a device shows it, from anybody",
  seeds: () => PASSPORTS,
  check: async (bytes) => {
    if (isRefused(await openPassport(bytes, held))) return false
    onlyIssued(bytes, PASSPORTS, "a passport")
    return true
  },
}

const slice: Target = {
  name: "policy-slice",
  about: "openSlice: a policy slice as a device is given it, from anybody",
  seeds: () => [signed],
  check: async (bytes) => {
    const found = await openSlice(bytes, world.rootSet, null)
    if (isRefused(found)) return false
    // Members of an envelope stand in any order; what it says does not.
    if (JSON.stringify(found) !== JSON.stringify(held)) throw new Error("a slice that no root signed is believed")
    return true
  },
}

const claims = { aud: world.trustDomain, iat: NOW, version: NOW }
const SNAPSHOTS = await Promise.all(
  [
    { ...claims, nonce: null, ...filterOf([]) },
    {
      ...claims,
      nonce: Buffer.alloc(16, 5).toString("base64url"),
      ...filterOf(passports.map((one) => one.claims.jti)),
    },
  ].map((snapshot) => signSnapshot(snapshot, issuer)),
)
const snapshot: Target = {
  name: "revocation-snapshot",
  about: "openSnapshot: a revocation snapshot as a device is given it, from anybody",
  seeds: () => SNAPSHOTS,
  check: async (bytes) => {
    if (isRefused(await openSnapshot(bytes, held, null))) return false
    onlyIssued(bytes, SNAPSHOTS, "a snapshot")
    return true
  },
}

const sideOf = (n: 0 | 1): Own => ({
  did: signers[n]!.did,
  passport: passports[n]!.cwt!,
  nonce: Buffer.alloc(32, n + 1),
  channel: Buffer.from("one connection"),
  sign: async (input) => signers[n]!.sign(input),
})
const checks = checksOf(held)
const begun = beginHandshake(sideOf(0))
const answered = await stepHandshake(awaitHandshake(sideOf(1)), begun.send!, checks)
const finished = await stepHandshake(begun.state, answered.send!, checks)
const STEPS = [begun.send!, answered.send!, finished.send!]
/** Each waits for another of the three messages. */
const WAITING: ReadonlyArray<HandshakeState> = [awaitHandshake(sideOf(1)), begun.state, answered.state]

const handshake: Target = {
  name: "handshake",
  about: "stepHandshake: a message of the handshake in each state that waits for one, from anybody",
  seeds: () => STEPS,
  check: async (bytes) => {
    let isTaken = false
    for (const state of WAITING) {
      const { state: next } = await stepHandshake(state, bytes, checks)
      if (next.phase === "failed") continue
      isTaken = true
      if (next.phase === "done") onlyIssued(bytes, STEPS, "a handshake")
    }
    return isTaken
  },
}

export const PASSPORT: ReadonlyArray<Target> = [passport, slice, snapshot, handshake]
