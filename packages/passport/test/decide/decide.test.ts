import { beforeAll, describe, expect, it } from "vitest"
import {
  type Clock,
  type Decision,
  decide,
  type HandshakeQuestion,
  type Message,
  type MessageQuestion,
  openMessage,
  type Passport,
  type Slice,
  type Snapshot,
  seenTime,
} from "../../src/index.ts"
import { toBase64 } from "../../src/issue.ts"
import {
  CLOCK,
  claimsFor,
  filterOf,
  messageBytes,
  must,
  NOW,
  openedPassport,
  openedSnapshot,
  SELF,
  SLICE,
  signer,
} from "../made.ts"

const PEER = signer("Ed25519")
const CHALLENGE = toBase64(new Uint8Array(16).fill(3))
const NO_CLOCK: Clock = { now: null, newest: NOW - 30 }

let passport: Passport
let message: Message
let fresh: Snapshot

beforeAll(async () => {
  passport = await openedPassport(claimsFor(PEER.did))
  message = must(await openMessage(messageBytes(PEER), passport))
  fresh = await openedSnapshot()
})

const self = { did: SELF, deviceClass: "pump" }
const ask = (changes: Partial<MessageQuestion> = {}): Decision =>
  decide({
    passport,
    message,
    slice: SLICE,
    clock: CLOCK,
    revoked: { snapshot: fresh, challenge: null },
    self,
    after: null,
    ...changes,
  })
const shake = (changes: Partial<HandshakeQuestion> = {}): Decision =>
  decide({
    passport,
    handshake: { peer: passport, role: "responder", id: "x" },
    act: "command",
    direction: "from-peer",
    slice: SLICE,
    clock: CLOCK,
    revoked: { snapshot: fresh, challenge: null },
    self,
    ...changes,
  })

const withClaims = (changes: Partial<Passport>): Passport => ({ ...passport, ...changes })
const standing = (changes: Partial<Passport["m2m"]>): Passport => withClaims({ m2m: { ...passport.m2m, ...changes } })
const withConduit = (changes: Partial<Slice["conduits"][number]>): Slice => ({
  ...SLICE,
  conduits: [{ ...SLICE.conduits[0]!, ...changes }],
})
const said = (changes: Partial<Message["claims"]>): Message => ({
  ...message,
  claims: { ...message.claims, ...changes } as Message["claims"],
})

describe("a good message of a peer", () => {
  it("is allowed, by its conduit, for as long as all of it lasts", () => {
    expect(ask()).toEqual({
      outcome: "allow",
      conduit: "control-commands",
      ratePerMinute: 12,
      until: passport.exp,
      reasons: [],
    })
    expect(ask({ slice: withConduit({ expires: NOW + 60 }) })).toMatchObject({ until: NOW + 60 })
  })
  it("after a handshake too, in both directions", () => {
    expect(shake()).toMatchObject({ outcome: "allow", conduit: "control-commands" })
    expect(shake({ direction: "to-peer", act: "event" })).toMatchObject({ outcome: "allow", conduit: "pumps-answer" })
  })
  it("towards a peer, what the peer may do itself does not matter", () => {
    const meek = standing({ acts: [], reputation: 0 })
    const handshake = { peer: meek, role: "initiator", id: "x" } as const
    expect(shake({ passport: meek, handshake, direction: "to-peer", act: "event" }).outcome).toBe("allow")
  })
})

/** One fault each, so exactly one reason. */
const FAULTS: ReadonlyArray<readonly [string, () => Decision, ReadonlyArray<string>]> = [
  ["the slice has run out", () => ask({ slice: { ...SLICE, expires: NOW * 1_000 } }), ["slice.expired"]],
  [
    "the slice is of tomorrow",
    () => ask({ slice: { ...SLICE, issued: (NOW + 3_600) * 1_000 } }),
    ["slice.not_yet_valid"],
  ],
  ["the passport has run out", () => ask({ passport: withClaims({ exp: NOW }) }), ["passport.expired"]],
  ["the passport is of tomorrow", () => ask({ passport: withClaims({ iat: NOW + 61 }) }), ["passport.not_yet_valid"]],
  ["the peer is watched", () => ask({ passport: standing({ trust: "watched" }) }), ["passport.trust_refused"]],
  ["the peer may not command", () => ask({ passport: standing({ acts: ["event"] }) }), ["passport.act_refused"]],
  [
    "the peer may not address this device",
    () => ask({ passport: standing({ audiences: ["https://plant.example/x/*"] }) }),
    ["passport.recipient_refused"],
  ],
  ["the peer may address nobody", () => ask({ passport: standing({ audiences: [] }) }), ["passport.recipient_refused"]],
  ["its reputation is low", () => ask({ passport: standing({ reputation: 59 }) }), ["flow.trust_below"]],
  ["its assurance is low", () => ask({ passport: standing({ assurance: "claimed" }) }), ["flow.assurance_below"]],
  ["its zone has no conduit", () => ask({ passport: standing({ zone: "office" }) }), ["flow.no_conduit"]],
  [
    "its zone has no conduit for the act",
    () => ask({ message: said({ act: "firmware" }), passport: standing({ acts: ["firmware"] }) }),
    ["flow.no_conduit"],
  ],
  ["the conduit has run out", () => ask({ slice: withConduit({ expires: NOW }) }), ["flow.conduit_expired"]],
  ["the conduit is of another class", () => ask({ slice: withConduit({ classes: ["gateway"] }) }), ["flow.no_conduit"]],
  ["there is no snapshot", () => ask({ revoked: { snapshot: null, challenge: null } }), ["snapshot.missing"]],
  [
    "the snapshot is old",
    () => ask({ revoked: { snapshot: { ...fresh, iat: NOW - 3_601 }, challenge: null } }),
    ["snapshot.stale"],
  ],
  ["another device signed the message", () => ask({ message: { ...message, jkt: "x" } }), ["proof.mismatch"]],
  ["another device made the handshake", () => shake({ passport: withClaims({ digest: "other" }) }), ["proof.mismatch"]],
  [
    "the message is for another device",
    () => ask({ message: said({ aud: `${SLICE.trustDomain}did:key:zOther` }) }),
    ["message.audience_refused"],
  ],
  [
    "the message is for this device of another deployment",
    () => ask({ message: said({ aud: `https://other.example/${SELF}` }) }),
    ["message.audience_refused"],
  ],
  ["the message is old", () => ask({ message: said({ iat: NOW - 31 }) }), ["message.stale"]],
  ["the message is of tomorrow", () => ask({ message: said({ iat: NOW + 61 }) }), ["message.future"]],
  ["the message was taken before", () => ask({ after: { epo: 0, seq: 4 } }), ["message.replayed"]],
  ["a later message was taken before", () => ask({ after: { epo: 1, seq: 0 } }), ["message.replayed"]],
]

describe("denied, with its reason, because", () => {
  it.each(FAULTS)("%s", (_, decided, reasons) => {
    expect(decided()).toMatchObject({ outcome: "deny", reasons })
  })

  it("the passport is in the snapshot, however old that is, and whatever the act", async () => {
    const snapshot = await openedSnapshot({ filter: filterOf([passport.jti]), iat: NOW - 30 * 86_400 })
    const revoked = { snapshot, challenge: null }
    expect(ask({ revoked }).reasons).toEqual(["passport.revoked", "snapshot.stale"])
    expect(shake({ revoked, direction: "to-peer", act: "event" }).reasons).toEqual(["passport.revoked"])
  })

  it("many things are wrong at once: all are named", () => {
    const bad = { ...standing({ trust: "watched", zone: "office" }), exp: NOW - 1 }
    expect(ask({ passport: bad, revoked: { snapshot: null, challenge: null } }).reasons).toEqual([
      "passport.expired",
      "passport.trust_refused",
      "snapshot.missing",
      "flow.no_conduit",
    ])
  })
})

describe("a snapshot, by class of action", () => {
  it("is not asked for telemetry where the slice says so", () => {
    const meter = standing({ zone: "meters" })
    const telemetry = said({ act: "telemetry" })
    expect(ask({ passport: meter, message: telemetry, revoked: { snapshot: null, challenge: null } }).outcome).toBe(
      "allow",
    )
  })
  it("that answers a challenge of this device is fresh whatever its time", async () => {
    const live = await openedSnapshot({ nonce: CHALLENGE, iat: NOW - 10_000 })
    expect(ask({ revoked: { snapshot: live, challenge: CHALLENGE } }).outcome).toBe("allow")
    expect(ask({ revoked: { snapshot: live, challenge: toBase64(new Uint8Array(16)) } }).reasons).toEqual([
      "snapshot.stale",
    ])
    expect(ask({ revoked: { snapshot: live, challenge: null } }).reasons).toEqual(["snapshot.stale"])
  })
})

describe("without a clock", () => {
  it("time is at least the newest that the deployment signed", () => {
    const later = seenTime(NO_CLOCK, passport.exp)
    expect(ask({ clock: later }).reasons).toContain("passport.expired")
    expect(seenTime(later, NOW)).toEqual(later)
    const meter = { passport: standing({ zone: "meters" }), message: said({ act: "telemetry" }) } as const
    expect(ask({ ...meter, clock: NO_CLOCK }).outcome).toBe("allow")
  })
  it("what moves machines needs a live status", async () => {
    expect(ask({ clock: NO_CLOCK }).reasons).toEqual(["clock.unknown", "snapshot.not_live"])
    const live = await openedSnapshot({ nonce: CHALLENGE })
    expect(ask({ clock: NO_CLOCK, revoked: { snapshot: live, challenge: CHALLENGE } }).outcome).toBe("allow")
    expect(shake({ clock: NO_CLOCK, revoked: { snapshot: live, challenge: null } }).reasons).toEqual([
      "clock.unknown",
      "snapshot.not_live",
    ])
  })
  it("a conduit with hours is closed", async () => {
    const slice = withConduit({ window: { from: 0, to: 1_440, offsets: [] } })
    const live = { snapshot: await openedSnapshot({ nonce: CHALLENGE }), challenge: CHALLENGE }
    expect(ask({ slice, clock: NO_CLOCK, revoked: live }).reasons).toEqual(["clock.unknown"])
  })
  it("a clock that lies before a signed time is none", () => {
    expect(ask({ clock: { now: NOW - 1_000, newest: NOW } }).reasons).toEqual(["clock.unknown", "snapshot.not_live"])
    expect(ask({ clock: { now: NOW - 30, newest: NOW } }).outcome).toBe("allow")
    expect(ask({ clock: { now: Number.NaN, newest: NOW } }).reasons).toContain("clock.unknown")
  })
})

describe("hours of a conduit", () => {
  const DAY = 86_400
  const midnight = NOW - (NOW % DAY)
  const at = (seconds: number, window: { from: number; to: number; offset?: number }): string => {
    const { from, to, offset } = window
    const offsets = offset === undefined ? [] : [{ from: 0, offset }]
    const now = midnight + seconds
    const good = withClaims({ iat: now - 60, exp: now + 60 })
    const slice = { ...withConduit({ window: { from, to, offsets } }), issued: 0, expires: (now + 60) * 1_000 }
    const decided = ask({
      passport: good,
      message: said({ iat: now }),
      slice,
      clock: { now, newest: 0 },
      revoked: { snapshot: { ...fresh, iat: now }, challenge: null },
    })
    return decided.outcome === "allow" ? "open" : decided.reasons.join()
  }
  it.each([
    ["within", 7 * 3_600, { from: 360, to: 1_320 }, "open"],
    ["at its beginning", 6 * 3_600, { from: 360, to: 1_320 }, "open"],
    ["at its end", 22 * 3_600, { from: 360, to: 1_320 }, "flow.outside_window"],
    ["before", 5 * 3_600, { from: 360, to: 1_320 }, "flow.outside_window"],
    ["past midnight", 3_600, { from: 1_320, to: 360 }, "open"],
    ["at noon, past midnight", 12 * 3_600, { from: 1_320, to: 360 }, "flow.outside_window"],
    ["in another time zone", 5 * 3_600, { from: 360, to: 1_320, offset: 120 }, "open"],
    ["west of it", 7 * 3_600, { from: 360, to: 1_320, offset: -120 }, "flow.outside_window"],
  ] as const)("%s", (_, seconds, window, expected) => {
    expect(at(seconds, window)).toBe(expected)
  })
})

describe("a message is opened", () => {
  const reasonOf = async (bytes: Uint8Array): Promise<string | null> => {
    const found = await openMessage(bytes, passport)
    return "reason" in found ? found.reason : null
  }
  it.each<readonly [string, Uint8Array, string]>([
    ["not of another device", messageBytes(signer()), "message.key_mismatch"],
    [
      "not in the device's name by another key",
      messageBytes({ ...signer(), did: PEER.did }),
      "message.signature_invalid",
    ],
    ["not with another kid", messageBytes(PEER, {}, { kid: "did:key:zOther#zOther" }), "message.key_mismatch"],
    ["not with the other alg", messageBytes(PEER, {}, { alg: "ES256" }), "message.signature_invalid"],
    ["not as a passport", messageBytes(PEER, {}, { typ: "m2m-passport+jwt" }), "message.malformed"],
    ["not with an act that is none", messageBytes(PEER, { act: "fly" }), "message.malformed"],
    ["not with a counter that is none", messageBytes(PEER, { seq: -1 }), "message.malformed"],
    ["not where it is nothing", new Uint8Array(0), "message.malformed"],
    ["not where it is too large", new Uint8Array(70_000), "message.malformed"],
  ])("%s", async (_, bytes, reason) => {
    expect(await reasonOf(bytes)).toBe(reason)
  })
  it("with all that it says", () => {
    expect(message).toMatchObject({ claims: { iss: PEER.did, act: "command", seq: 4, body: { open: true } } })
  })
})
