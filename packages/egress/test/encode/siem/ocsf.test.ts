/** OCSF against the framework's own schema: every class that is written, in the oldest and the newest version. */
import { readFileSync } from "node:fs"
import { STREAMS } from "@assay/streams"
import { message } from "@assay/testkit/samples"
import type { ReasonCode } from "@assay/trust"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Decided } from "../../../src/encode/encoder.ts"
import { encoderOf } from "../../../src/encode/formats.ts"
import { OCSF_VERSIONS } from "../../../src/encode/siem/formats/ocsf.ts"
import { decidedOfHostile, hostile, OPTIONS } from "./hostile.ts"

interface Attribute {
  readonly type: string
  readonly required?: true
  readonly array?: true
  readonly enum?: ReadonlyArray<number>
}
interface Shape {
  readonly attributes: Readonly<Record<string, Attribute>>
  readonly constraints: { readonly at_least_one?: ReadonlyArray<string>; readonly just_one?: ReadonlyArray<string> }
}
interface Version {
  readonly classes: Readonly<Record<string, Shape & { readonly name: string }>>
  readonly objects: Readonly<Record<string, Shape>>
}

const { versions } = JSON.parse(readFileSync(new URL("ocsf-schema.json", import.meta.url), "utf8")) as {
  readonly versions: Readonly<Record<string, Version>>
}

/** What is wrong with a value, as the metaschema has it; nothing is ignored. */
const problemsOf = (
  value: Readonly<Record<string, unknown>>,
  shape: Shape,
  { objects }: Version,
  at: string,
): ReadonlyArray<string> => {
  const problems: Array<string> = []
  const schema = { objects, classes: {} }
  for (const [name, { required }] of Object.entries(shape.attributes))
    if (required && value[name] === undefined) problems.push(`${at}.${name} is required`)
  const { at_least_one: some } = shape.constraints
  if (some !== undefined && !some.some((name) => value[name] !== undefined)) problems.push(`${at} has none of ${some}`)
  for (const [name, member] of Object.entries(value)) {
    const attribute = shape.attributes[name]
    const place = `${at}.${name}`
    if (attribute === undefined) {
      problems.push(`${place} is no attribute`)
      continue
    }
    if (Array.isArray(member) !== (attribute.array === true)) problems.push(`${place}: an array or not`)
    for (const one of Array.isArray(member) ? member : [member]) {
      if (attribute.type === "object") continue // free, as `unmapped` is
      const object = objects[attribute.type]
      if (object !== undefined) problems.push(...problemsOf(one, object, schema, place))
      else if (/^(integer|long|timestamp)_t$/.test(attribute.type)) {
        if (!Number.isSafeInteger(one)) problems.push(`${place} is no whole number`)
        if (attribute.enum !== undefined && !attribute.enum.includes(one))
          problems.push(`${place}: ${one} is not in the enumeration`)
      } else if (attribute.type === "boolean_t") {
        if (typeof one !== "boolean") problems.push(`${place} is no boolean`)
      } else if (typeof one !== "string") problems.push(`${place} (${attribute.type}) is no string`)
    }
  }
  return problems
}

const recordOf = (decided: Decided, ocsf: string) =>
  JSON.parse(Buffer.from(encoderOf("ocsf", { ...OPTIONS, ocsf }).encode(decided).bytes).toString())

const validated = (decided: Decided, version: string) => {
  const record = recordOf(decided, version)
  const shape = versions[version]!.classes[record.class_uid]!
  expect(problemsOf(record, shape, versions[version]!, shape.name)).toEqual([])
  expect(record.type_uid).toBe(record.class_uid * 100 + record.activity_id)
  expect(record.category_uid).toBe(Math.floor(record.class_uid / 1_000))
  return record
}

const at = (
  outcome: "verified" | "annotated" | "quarantined",
  reasons: ReadonlyArray<ReasonCode>,
  changed: object = {},
  decision: object = {},
): Decided => ({
  kind: "message",
  place: { stream: STREAMS[outcome], partition: 3, offset: 9 },
  message: { ...message, ...changed, decision: { ...message.decision!, outcome, reasons, ...decision } },
})

const presentation = { ...message.claims!, kind: "presentation", credentials: ["e30.e30.AA"] }

describe.each(["1.5.0", "1.8.0"])("version %s", (version) => {
  it.each([
    [
      "a clone",
      at("quarantined", ["identity.clone_evidence"]),
      2004,
      { disposition_id: 3, action_id: 2, severity_id: 5, is_alert: true },
    ],
    ["tampered firmware", at("quarantined", ["integrity.firmware_tampered"]), 2004, { disposition_id: 3 }],
    ["a withdrawn credential", at("quarantined", ["credential.revoked"]), 3002, { status_id: 2, disposition_id: 3 }],
    [
      "a forbidden flow",
      at("quarantined", ["segmentation.no_conduit"]),
      4001,
      { disposition_id: 3, action_id: 2, activity_id: 5 },
    ],
    ["a message that passed", at("verified", []), 3003, { status_id: 1, disposition_id: 1, severity_id: 1 }],
    ["a new device", at("annotated", ["anomaly.learning"]), 3003, { status_id: 1, disposition_id: 18 }],
    ["an odd value", at("annotated", ["anomaly.level_shift"]), 2004, { severity_id: 3 }],
    ["a presentation", at("verified", [], { claims: presentation }), 5001, { status_id: 1 }],
    [
      "a release",
      at("annotated", ["anomaly.probation"], {}, { kind: "released", supersedes: message.origin }),
      3004,
      { activity_id: 13, disposition_id: 9 },
    ],
    [
      "a revocation",
      at("quarantined", ["anomaly.device_revoked"], {}, { kind: "revoked", supersedes: message.origin }),
      3004,
      { activity_id: 12, disposition_id: 24 },
    ],
  ] as ReadonlyArray<readonly [string, Decided, number, object]>)("%s", (_, decided, uid, members) => {
    expect(validated(decided, version)).toMatchObject({
      class_uid: uid,
      metadata: { version, uid: expect.stringMatching(/^1\/3\//) },
      ...members,
    })
  })

  it("is valid whatever texts devices and strangers choose", () => {
    fc.assert(
      fc.property(hostile, (chosen) => {
        validated(decidedOfHostile(chosen), version)
      }),
    )
  })

  it("of a storm too", () => {
    const decided = at("quarantined", ["anomaly.flood"])
    const { bytes, count } = encoderOf("ocsf", { ...OPTIONS, ocsf: version }).summarise!({
      first: decided,
      last: decided,
      count: 40,
      devices: 1,
    })
    const record = JSON.parse(Buffer.from(bytes).toString())
    expect(problemsOf(record, versions[version]!.classes[2004]!, versions[version]!, "finding")).toEqual([])
    expect(record).toMatchObject({ count: 40, start_time: message.time, end_time: message.time })
    expect(count).toBe(40)
  })

  it("has technique and remedy", () => {
    const record = validated(
      at("quarantined", ["identity.signature_invalid"], { claims: { ...message.claims!, act: "command" } }),
      version,
    )
    expect(record.attacks).toEqual([
      {
        version: "19",
        tactic: { uid: "TA0106", name: "Impair Process Control" },
        technique: { uid: "T1692", name: "Unauthorized Message" },
        sub_technique: { uid: "T1692.001", name: "Command Message" },
      },
    ])
    expect(record.remediation.desc).toMatch(/./)
  })
})

it("offers the versions between the two as well", () => {
  expect(OCSF_VERSIONS).toEqual(["1.5.0", "1.6.0", "1.7.0", "1.8.0"])
})
