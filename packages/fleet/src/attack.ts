/** What an attack is, what the fleet submits, and what must become of it. */
import type { Envelope, Outcome, ReasonCode, StageName } from "@assay/trust"
import type { Scene } from "./scene.ts"

export const CATEGORIES = [
  "forgery",
  "replay",
  "clock",
  "clone",
  "credential",
  "capability",
  "chain",
  "firmware",
  "segmentation",
  "behaviour",
  "exhaustion",
  "control",
  "malformed",
  "delegation",
] as const
export type Category = (typeof CATEGORIES)[number]

/** What must become of a submission. */
export interface Expectation {
  /** The outcomes that are right; empty for control entries, which decide nothing but themselves. */
  readonly outcomes: ReadonlyArray<Outcome>
  /** Who is expected to catch it; null where nobody should. */
  readonly stage: StageName | "control" | null
  /** At least one of these is among the decision's reasons; empty where no reason is asked for. */
  readonly reasons: ReadonlyArray<ReasonCode>
  /** Whether every attempt of an injection must be caught, or at least one: what shows only over many messages. */
  readonly require: "each" | "some"
}

/** `lead-up` and `follow-up` are honest messages of a device that an attack is about. */
export type Role = "normal" | "lead-up" | "attempt" | "follow-up"

/** What the fleet knows of a submission and Assay must find out. */
export interface Label {
  /** Said by the device itself, as it should be: never to be quarantined or rejected. */
  readonly honest: boolean
  readonly role: Role
  /** The attack that this belongs to, or null. */
  readonly attack: string | null
  /** Nth injection of that attack, from 0. */
  readonly instance: number
  /** The DID in whose name it speaks, or the name of a delegated device; "" where there is none. */
  readonly device: string
  /** Null where only `honest` matters. */
  readonly expect: Expectation | null
}

interface Labelled {
  readonly label: Label
}

/** One record for `submitted`: a message under its key, a control entry, or a body of knowledge to activate. */
export type Submission =
  | (Labelled & { readonly kind: "message"; readonly key: Uint8Array; readonly envelope: Envelope })
  | (Labelled & { readonly kind: "control"; readonly tokens: ReadonlyArray<string> })
  | (Labelled & { readonly kind: "knowledge"; readonly item: string; readonly body: Uint8Array })

/**
 * A submission and when: `enrolment` before the run begins, `turn` after as long as an honest device rests between two
 * messages, `at-once` without any rest.
 */
export interface Step {
  readonly submission: Submission
  readonly when: "enrolment" | "turn" | "at-once"
}

export interface Attack {
  /** Stable, in kebab case: the name of its file. */
  readonly name: string
  /** One line for people. */
  readonly title: string
  readonly category: Category
  readonly expect: Expectation
  /** The device in whose name it happens is still trusted afterwards, and its next messages are verified. */
  readonly victimStaysTrusted?: true
  /** Nothing of this may be quarantined or rejected: it looks like an attack, and is none. */
  readonly mustNotPunish?: true
  /** The injection, step by step, with devices of its own. Deterministic for a scene. */
  inject(scene: Scene): Iterable<Step>
}

/** Whether a decision is what was expected. Pure. */
export const meets = (expect: Expectation, outcome: Outcome, reasons: ReadonlyArray<ReasonCode>): boolean =>
  expect.outcomes.includes(outcome) &&
  (expect.reasons.length === 0 || expect.reasons.some((code) => reasons.includes(code)))

type Codes = ReadonlyArray<ReasonCode>

/** Decided at once by the first stage: anybody could have sent it. */
export const rejectedFor = (...reasons: Codes): Expectation => ({
  outcomes: ["rejected"],
  stage: "identity",
  reasons,
  require: "each",
})

export const quarantinedBy = (stage: StageName, ...reasons: Codes): Expectation => ({
  outcomes: ["quarantined"],
  stage,
  reasons,
  require: "each",
})

/** Seen sooner or later by a detector; whether it is only annotated depends on what else is known of the device. */
export const noticedBy = (stage: StageName, ...reasons: Codes): Expectation => ({
  outcomes: ["annotated", "quarantined"],
  stage,
  reasons,
  require: "some",
})

/** A control entry that is refused. */
export const refusedFor = (...reasons: Codes): Expectation => ({
  outcomes: [],
  stage: "control",
  reasons,
  require: "each",
})

export const VERIFIED: Expectation = { outcomes: ["verified"], stage: null, reasons: [], require: "each" }

export const NOT_PUNISHED: Expectation = {
  outcomes: ["verified", "annotated"],
  stage: null,
  reasons: [],
  require: "each",
}
