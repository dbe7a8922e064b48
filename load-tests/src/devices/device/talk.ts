/** One connection between two devices, from either side. The decisions are those of `@assay/passport` alone. */
import { randomBytes } from "node:crypto"
import {
  awaitHandshake,
  beginHandshake,
  checksOf,
  type Decision,
  decide,
  type Handshake,
  type HandshakeState,
  isRefused,
  type Own,
  openMessage,
  openPassport,
  type Passport,
  stepHandshake,
} from "@assay/passport"
import { openChannel } from "./channel.ts"
import type { Asked, DeviceConfig, Report } from "./config.ts"
import type { Frames } from "./frames.ts"
import type { Holder } from "./holder.ts"
import type { Voice } from "./voice.ts"

export interface Device {
  readonly config: DeviceConfig
  readonly holder: Holder
  readonly voice: Voice
  readonly passport: Buffer
  /** Each decision of this device. */
  readonly reports: Array<Report>
}

/** What stands in JSON frames, after the handshake or instead of one. */
type Said =
  | { readonly kind: "message"; readonly message: string }
  | { readonly kind: "carried"; readonly passport: string; readonly message: string }
  | { readonly kind: "offer"; readonly what: "slice" | "snapshot"; readonly bytes: string }

interface Answer {
  readonly outcome: "allow" | "deny"
  readonly reasons: ReadonlyArray<string>
}

const json = (value: object): Buffer => Buffer.from(JSON.stringify(value))
const isJson = (frame: Buffer): boolean => frame[0] === 0x7b
const deny = (reason: string): Answer => ({ outcome: "deny", reasons: [reason] })

const ownOf = ({ config, passport, voice }: Device, channel: Uint8Array): Own => ({
  did: config.did,
  passport,
  nonce: randomBytes(32),
  channel,
  sign: async (input) => voice.signature(input),
})

const commonOf = ({ config, holder }: Device, passport: Passport) => {
  holder.saw(passport.iat)
  const { slice, clock, revoked } = holder
  return { passport, slice, clock, revoked, self: { did: config.did, deviceClass: config.deviceClass } }
}

const report = (
  device: Device,
  channel: Uint8Array,
  about: Omit<Report, "channel" | "outcome" | "reasons">,
  found: Answer,
): Answer => {
  const { outcome, reasons } = found
  device.reports.push({ channel: Buffer.from(channel).toString("base64url"), ...about, outcome, reasons })
  return { outcome, reasons }
}

/** Answers one peer, to the end of the connection. */
export const answerPeer = async (device: Device, frames: Frames): Promise<void> => {
  const channel = await openChannel(frames, "responder")
  let state: HandshakeState = awaitHandshake(ownOf(device, channel))
  for (let frame = await frames.receive(); frame !== null; frame = await frames.receive()) {
    if (isJson(frame)) {
      const peer = state.phase === "done" ? state.handshake.peer : null
      frames.send(json(await judge(device, channel, JSON.parse(frame.toString()) as Said, peer)))
      continue
    }
    const step = await stepHandshake(state, frame, checksOf(device.holder.slice))
    state = step.state
    if (step.send !== null) frames.send(step.send)
    if (state.phase !== "failed") continue
    const { reason } = state.refused
    const about = { peer: null, act: "handshake", direction: "from-peer", digest: null } as const
    frames.send(json(report(device, channel, about, deny(reason))))
  }
  frames.end()
}

/** @param shown the peer of the handshake; null where there was none */
const judge = async (device: Device, channel: Uint8Array, said: Said, shown: Passport | null): Promise<Answer> => {
  const { holder } = device
  if (said.kind === "offer") {
    const refused = await holder.take(said.what, Buffer.from(said.bytes, "base64"))
    return refused === null ? { outcome: "allow", reasons: [] } : deny(refused)
  }
  const about = { peer: shown?.sub ?? null, act: "message", direction: "from-peer", digest: null } as const
  const passport =
    said.kind === "carried" ? await openPassport(Buffer.from(said.passport, "base64"), holder.slice) : shown
  if (passport === null) return report(device, channel, about, deny("handshake.out_of_order"))
  if (isRefused(passport)) return report(device, channel, about, deny(passport.reason))
  const message = await openMessage(Buffer.from(said.message, "base64"), passport)
  if (isRefused(message)) return report(device, channel, { ...about, peer: passport.sub }, deny(message.reason))
  const after = holder.after.get(passport.sub) ?? null
  const decision: Decision = decide({ ...commonOf(device, passport), message, after })
  if (decision.outcome === "allow") holder.after.set(passport.sub, message.claims)
  const { digest, claims } = message
  return report(device, channel, { peer: passport.sub, act: claims.act, direction: "from-peer", digest }, decision)
}

/** What the peer decided is reported by both. */
const heard = (
  device: Device,
  channel: Uint8Array,
  { did, act, digest }: { readonly did: string; readonly act: string; readonly digest: string },
  answer: Answer | null,
): Answer | null =>
  answer === null ? null : report(device, channel, { peer: did, act, direction: "answered", digest }, answer)

type Ask = { readonly name: string; readonly did: string; readonly act: "telemetry" | "event" | "command" }

const contentOf = (act: Ask["act"], name: string): object =>
  act === "telemetry"
    ? { senml: [{ bn: "urn:dev:acme:meter:demo:", n: "flow", u: "m3/s", v: 0.5 }] }
    : { body: { about: name } }

const answerOf = (frame: Buffer | null): Answer | null =>
  frame === null ? null : (JSON.parse(frame.toString()) as Answer)

/** Makes itself known to a peer, decides whether it may speak to it, and speaks. */
export const askPeer = async (device: Device, frames: Frames, { name, did, act }: Ask): Promise<Asked> => {
  const channel = await openChannel(frames, "initiator")
  const asked = { name, channel: channel.toString("base64url") }
  const begun = beginHandshake(ownOf(device, channel))
  frames.send(begun.send!)
  const frame = await frames.receive()
  if (frame === null || isJson(frame)) return { ...asked, own: null, answer: answerOf(frame) }
  const { state, send } = await stepHandshake(begun.state, frame, checksOf(device.holder.slice))
  if (state.phase !== "done") {
    const reason = state.phase === "failed" ? state.refused.reason : "handshake.out_of_order"
    const about = { peer: null, act: "handshake", direction: "to-peer", digest: null } as const
    return { ...asked, own: report(device, channel, about, deny(reason)), answer: null }
  }
  frames.send(send!)
  const { own, message, digest } = speak(device, channel, state.handshake, { name, did, act })
  frames.send(json({ kind: "message", message: message.toString("base64") }))
  return { ...asked, own, answer: heard(device, channel, { did, act, digest }, answerOf(await frames.receive())) }
}

/** Speaks whatever it decides: the demonstration wants to see the peer decide, too. */
const speak = (device: Device, channel: Uint8Array, handshake: Handshake, { name, did, act }: Ask) => {
  const { trustDomain } = device.config
  const decision = decide({ ...commonOf(device, handshake.peer), handshake, act, direction: "to-peer" })
  const { bytes: message, digest } = device.voice.message(trustDomain + did, act, contentOf(act, name))
  const own = report(device, channel, { peer: did, act, direction: "to-peer", digest }, decision)
  return { own, message, digest }
}

/** Hands a signed message over without a handshake, as whoever carries it would. */
export const carryMessage = async (device: Device, frames: Frames, { name, did, act }: Ask): Promise<Asked> => {
  const channel = await openChannel(frames, "initiator")
  const { bytes, digest } = device.voice.message(device.config.trustDomain + did, act, contentOf(act, name))
  frames.send(
    json({ kind: "carried", passport: device.passport.toString("base64"), message: bytes.toString("base64") }),
  )
  const answer = heard(device, channel, { did, act, digest }, answerOf(await frames.receive()))
  return { name, channel: channel.toString("base64url"), own: null, answer }
}

export const offerTo = async (
  frames: Frames,
  name: string,
  what: "slice" | "snapshot",
  bytes: Uint8Array,
): Promise<Asked> => {
  const channel = await openChannel(frames, "initiator")
  frames.send(json({ kind: "offer", what, bytes: Buffer.from(bytes).toString("base64") }))
  return { name, channel: channel.toString("base64url"), own: null, answer: answerOf(await frames.receive()) }
}
