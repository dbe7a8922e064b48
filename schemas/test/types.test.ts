/** The generated types and the words of @assay/trust are the same shapes: the compiler says so, both ways. */
import type * as Trust from "@assay/trust"
import { ACTIONS, ASSURANCES, OUTCOMES, STAGES, TRUST_STATES } from "@assay/trust"
import { expect, it } from "vitest"
import { ENTRY_BODIES, schemaOf } from "../src/index.ts"
import type * as Wire from "../src/types.ts"

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false
/** Assignability ignores members that one side alone has as optional, so the names are compared as well. */
type Match<A, B> = Same<A, B> extends true ? Same<keyof A, keyof B> : false

/** Does not compile where a shape drifts from its schema. */
const matches: {
  readonly Origin: Match<Trust.Origin, Wire.Origin>
  readonly Envelope: Match<Trust.Envelope, Wire.Envelope>
  readonly FirmwareClaim: Match<Trust.FirmwareClaim, Wire.FirmwareClaim>
  readonly Claims: Match<Trust.Claims, Wire.Claims>
  readonly Reading: Match<Trust.Reading, Wire.Reading>
  readonly Subject: Match<Trust.Subject, Wire.Subject>
  readonly Obligation: Match<Trust.Obligation, Wire.Obligation>
  readonly Verdict: Match<Trust.Verdict, Wire.Verdict>
  readonly Verdicts: Match<Trust.Verdicts, Wire.Verdicts>
  readonly Decision: Match<Trust.Decision, Wire.Decision>
  readonly AssayedMessage: Match<Trust.AssayedMessage, Wire.AssayedMessage>
  readonly RecordedVerdict: Match<Trust.RecordedVerdict, Wire.RecordedVerdict>
  readonly AuditEvent: Match<Trust.AuditEvent, Wire.AuditEvent>
} = {
  Origin: true,
  Envelope: true,
  FirmwareClaim: true,
  Claims: true,
  Reading: true,
  Subject: true,
  Obligation: true,
  Verdict: true,
  Verdicts: true,
  Decision: true,
  AssayedMessage: true,
  RecordedVerdict: true,
  AuditEvent: true,
}

interface Named {
  readonly name: string
  readonly symbols?: ReadonlyArray<string>
  readonly fields?: ReadonlyArray<{ readonly name: string; readonly type: unknown }>
}

it("checks exactly the records that both sides name", () => {
  for (const name of Object.keys(matches)) {
    const file = name.replace(/([a-z])([A-Z])/g, "$1-$2").toLowerCase()
    expect((schemaOf(file) as Named).name).toBe(name)
  }
})

/** On the wire a symbol is its index: the order counts, which the compiler does not see. */
it.each([
  ["action", ACTIONS],
  ["assurance", ASSURANCES],
  ["stage-name", STAGES],
  ["trust-state", TRUST_STATES],
] as const)("%s has its symbols in the order of @assay/trust", (file, words) => {
  expect((schemaOf(file) as Named).symbols).toEqual(words)
})

it("has outcomes and the branches of an entry in order", () => {
  const decision = schemaOf("decision") as Named
  expect((decision.fields![0]!.type as Named).symbols).toEqual(OUTCOMES)
  const body = (schemaOf("entry") as Named).fields!.find((field) => field.name === "body")!
  expect((body.type as ReadonlyArray<Named>).map((branch) => branch.name.toLowerCase())).toEqual(ENTRY_BODIES)
})
