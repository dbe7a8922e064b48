/**
 * A fixed sequence of entries: the demo's fleet with every attack, knowledge that changes meanwhile, a storm, ticks and junk.
 * Keys, order and times follow from constants. Only the bytes of ES256 signatures differ from run to run, and no verdict
 * depends on them.
 */
import { createHash } from "node:crypto"
import { encodeStatusList } from "@assay/credentials"
import { type Device, envelopeOf, fleetPlan, type Submission, type World } from "@assay/fleet"
import { dsseSign } from "@assay/jose"
import { POLICY_PAYLOAD_TYPE, signBundle } from "@assay/knowledge"

/** 2025-10-09T08:53:20Z, in seconds: when the log is created, and what every device's clock shows at first. */
export const START = 1_760_000_000

/** Submissions between two ticks. */
const TICK_EVERY = 30
/** Above the versions that the attacks hand in. */
const NEXT_VERSION = 10

export type Step =
  | { readonly kind: "submit"; readonly submission: Submission }
  | { readonly kind: "tick" }
  /** A record on every partition of `submitted` that is no entry. */
  | { readonly kind: "junk"; readonly value: Uint8Array }
  /** All so far is decided before anything else is submitted: the admissions that it asked for come to lie here. */
  | { readonly kind: "pause" }

export interface Sequence {
  readonly world: World
  readonly steps: ReadonlyArray<Step>
}

/** Signs all of it. @param messages of the fleet, those of the attacks included */
export const fixedSequence = (messages = 7_900): Sequence => {
  const { world, enrolment, run } = fleetPlan({ devices: 200, messages, seed: "fixed sequence", now: START })
  const storm = stormOf(world)
  const running = [...run()].map(submit)
  const part = (from: number, to: number): ReadonlyArray<Step> =>
    running.slice(Math.floor(running.length * from), Math.floor(running.length * to))
  const steps: ReadonlyArray<Step> = [
    ...earlyIn(world),
    PAUSE,
    knowledge("bundle", world.signedBundle),
    knowledge("policy", world.signedPolicy),
    ...[...enrolment()].map(submit),
    ...storm.enrolment,
    PAUSE,
    ...part(0, 0.5),
    ...storm.run,
    ...["", "junk", "\u0000\u0000\u0001"].map((text): Step => ({ kind: "junk", value: Buffer.from(text) })),
    PAUSE,
    knowledge("bundle", revokingBundle(world)),
    ...part(0.5, 0.8),
    knowledge("policy", demandingPolicy(world)),
    ...part(0.8, 1),
    PAUSE,
  ]
  return { world, steps: steps.flatMap((step, n) => (n % TICK_EVERY === 0 ? [TICK, step] : [step])) }
}

const PAUSE: Step = { kind: "pause" }
const TICK: Step = { kind: "tick" }

const submit = (submission: Submission): Step => ({ kind: "submit", submission })

const NO_LABEL = { honest: false, role: "normal", attack: null, instance: 0, device: "", expect: null } as const

const knowledge = (item: "bundle" | "policy", body: Uint8Array): Step =>
  submit({ kind: "knowledge", item, body, label: NO_LABEL })

/** The same trust, but about one device in twelve is revoked. */
const revokingBundle = ({ bundle, roots }: World): Uint8Array => {
  const revoked = Array.from({ length: 11_072 }, (_, n) => 120_000 + n)
  const statusLists = bundle.statusLists.map((list) => ({ ...list, encodedList: encodeStatusList(131_072, revoked) }))
  return signBundle({ ...bundle, version: NEXT_VERSION, statusLists }, roots.slice(0, 2))
}

const payloadOf = (envelope: Uint8Array): Buffer =>
  Buffer.from((JSON.parse(Buffer.from(envelope).toString("utf8")) as { payload: string }).payload, "base64")

/** The same zones, but the conduit asks for more trust than a device has that was in doubt lately. */
const demandingPolicy = ({ signedPolicy, roots }: World): Uint8Array => {
  const text = payloadOf(signedPolicy).toString("utf8")
  const next = text
    .replace("version: 1\n", `version: ${NEXT_VERSION}\n`)
    .replace("    classes:", "    minTrust: 96\n    classes:")
  return dsseSign(POLICY_PAYLOAD_TYPE, Buffer.from(next), roots.slice(0, 2))
}

const say = ({ did }: Device, { bytes }: { readonly bytes: Uint8Array }): Step =>
  submit({ kind: "message", key: Buffer.from(did), envelope: envelopeOf(bytes), label: NO_LABEL })

/** Devices that speak before any knowledge is in force. */
const earlyIn = (world: World): ReadonlyArray<Step> =>
  [0, 1, 2, 3].flatMap((n) => {
    const device = world.device(`early ${n}`, { ordinal: n })
    return [device.presentation(), device.message(), device.message()].map((signed) => say(device, signed))
  })

const STORM = { devices: 40, learn: 12, wild: 36, override: 44 }

/**
 * Many devices whose values jump while one of their sensors is stuck: more than the quarantine breaker lets be quarantined in one
 * partition. Near the end two operators override it.
 */
const stormOf = (world: World): { enrolment: ReadonlyArray<Step>; run: ReadonlyArray<Step> } => {
  const devices = Array.from({ length: STORM.devices }, (_, n) => world.device(`storm ${n}`, { ordinal: n }))
  const wild = (n: number) => ({
    values: { temperature: n % 2 === 0 ? -39 : 59, wind: n % 2 === 0 ? 0 : 89, pressure: 1000 },
  })
  const order = { verb: "breaker-override", target: "all", seq: 100 } as const
  const tokens = world.operators.slice(0, 2).map((one) => world.command(one, order).bytes.toString("latin1"))
  const run: Array<Step> = []
  for (let n = 0; n < STORM.learn + STORM.wild; n++) {
    if (n === STORM.override) run.push(submit({ kind: "control", tokens, label: NO_LABEL }))
    for (const device of devices) run.push(say(device, device.message(n < STORM.learn ? {} : wild(n))))
  }
  return { enrolment: devices.map((device) => say(device, device.presentation())), run }
}

/** SHA-256 over the steps without signatures: tells whether what is submitted changed, or only what became of it. */
export const digestOfSteps = (steps: ReadonlyArray<Step>): string => {
  const hash = createHash("sha256")
  for (const step of steps) hash.update(`${step.kind} `).update(unsigned(step)).update("\n")
  return hash.digest("hex")
}

const unsigned = (step: Step): string | Uint8Array => {
  if (step.kind === "junk") return step.value
  if (step.kind !== "submit") return ""
  const { submission } = step
  if (submission.kind === "knowledge") return payloadOf(submission.body)
  if (submission.kind === "control") return submission.tokens.map(withoutSignature).join(" ")
  return `${Buffer.from(submission.key)} ${withoutSignature(Buffer.from(submission.envelope.bytes).toString("latin1"))}`
}

const withoutSignature = (token: string): string => {
  const parts = token.split(".")
  return parts.length === 3 ? parts.slice(0, 2).join(".") : token
}
