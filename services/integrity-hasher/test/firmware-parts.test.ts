/** Components and slots, from what a device signed to the verdict: they count only where its maker lists what they are compared with. */
import { digestOfSet, type Firmware, type References } from "@assay/attestation"
import { World } from "@assay/fleet"
import { type Active, itemKey, type Knowledge, knowledgeOf, type ReasonCode } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { gatherer } from "../src/appraisal/facts.ts"
import { judgeIntegrity } from "../src/judge.ts"
import { entryOf, viewOf } from "./device.ts"

const world = new World({ seed: "parts", now: 1_790_000_000 })
const MAIN = { name: "main", digest: "aa".repeat(32) }
const MODEM = { name: "modem", digest: "bb".repeat(32) }
const NEXT = { name: "modem", digest: "cc".repeat(32) }
const release = (version: string, svn: number, ...components: ReadonlyArray<typeof MAIN>) => ({
  version,
  svn,
  digest: digestOfSet(components),
  status: "good" as const,
  components,
})
const FIRMWARE: Firmware = {
  releases: [release("1.0", 1, MAIN, MODEM), release("1.1", 1, { ...MAIN, digest: "dd".repeat(32) }, NEXT)],
  minimumSvn: 0,
  rollouts: [],
}
const references: References = {
  version: 1,
  issued: 0,
  expires: 2e12,
  vendor: "acme",
  class: "weather",
  firmware: FIRMWARE,
  formats: [],
  measurements: "none",
  pcrs: [],
  events: [],
  tpmFirmware: [],
  components: [],
}
const active = <Body>(body: Body, hash: string): Active<Body> => ({ hash, version: 1, expires: 2e12, body })
const of = (isListed: boolean): Knowledge =>
  knowledgeOf(
    new Map<string, Active<unknown>>([
      [itemKey("bundle", ""), active({ ...world.bundle, firmware: [] }, "b0".repeat(32))],
      ...(isListed
        ? [[itemKey("reference-values", "acme/weather"), active(references, "f0".repeat(32))] as const]
        : []),
    ]),
  )

const judged = (
  fw: object,
  isListed = true,
): { readonly reasons: ReadonlyArray<ReasonCode>; readonly why: unknown } => {
  const device = world.device(JSON.stringify(fw))
  const claim = { vendor: "acme", class: "weather", version: "1.0", svn: 1, ...fw }
  const bytes = device.message({ fw: claim as never }).bytes
  const { components: _components, spare: _spare, ...plain } = claim as Record<string, unknown>
  const entry = entryOf({ iss: device.did, fw: plain as never }, of(isListed))
  const message = { ...entry.message, envelope: { ...entry.message.envelope, bytes } }
  const [facts] = gatherer()([{ ...entry, message }])
  const { verdict } = judgeIntegrity({ ...entry, message }, undefined, viewOf(), facts)
  return { reasons: verdict.reasons, why: JSON.parse(verdict.detail ?? "{}").why }
}

describe("a device of several components", () => {
  it("passes with those of a release", () => {
    expect(judged({ digest: FIRMWARE.releases[0]!.digest, components: [MODEM, MAIN] }).reasons).toEqual([])
  })

  it("is held to the digest that stands for them", () => {
    expect(judged({ digest: FIRMWARE.releases[0]!.digest, components: [MAIN, NEXT] }).reasons).toEqual([
      "integrity.firmware_components",
    ])
  })

  it("mixes releases only as its maker does", () => {
    const components = [MAIN, NEXT]
    expect(judged({ digest: digestOfSet(components), components })).toEqual({
      reasons: ["integrity.firmware_mixed"],
      why: "each component is of a release, and no release has them together",
    })
  })

  it("is reported with the component that is of no release", () => {
    const components = [MAIN, { ...MODEM, digest: "00".repeat(32) }]
    expect(judged({ digest: digestOfSet(components), components })).toEqual({
      reasons: ["integrity.firmware_tampered"],
      why: "of no release: modem",
    })
  })
})

describe("a device of two slots", () => {
  const own = FIRMWARE.releases[0]!.digest

  it("is warned of what it could boot", () => {
    expect(
      judged({ digest: own, spare: { version: "1.1", svn: 1, digest: FIRMWARE.releases[1]!.digest } }).reasons,
    ).toEqual([])
    expect(judged({ digest: own, spare: { version: "x", svn: 9, digest: "99".repeat(32) } })).toEqual({
      reasons: ["integrity.firmware_slot_unsafe"],
      why: "the other slot holds x, of a digest that is not listed",
    })
  })
})

it("where its maker lists nothing, nothing is read again", () => {
  const entry = entryOf(
    { fw: { vendor: "acme", class: "weather", version: "1", svn: 1, digest: MAIN.digest } },
    of(false),
  )
  expect(gatherer()([entry])).toEqual([undefined])
})
