/**
 * VC JSON Schema (W3C): the one schema that a credential may name, `schemas/device-credential-1.json`. What is read here conforms to it, by
 * a validator that others wrote.
 */
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import type { JsonObject } from "@assay/jose"
import { readShape } from "@assay/jose/shape"
import { Ajv2020 } from "ajv/dist/2020.js"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { deviceCredential, SCHEMA_DIGEST, SCHEMA_ID } from "../../src/data-model/shape.ts"

const FILE = readFileSync(new URL("../../schemas/device-credential-1.json", import.meta.url))
const schema = JSON.parse(FILE.toString("utf8")) as JsonObject
const conforms = new Ajv2020({ strict: false }).compile(schema)

const isRead = (credential: JsonObject): boolean => "value" in readShape(deviceCredential, credential)

const WHOLE: JsonObject = {
  "@context": ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/undefined-terms/v2"],
  id: "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
  type: ["VerifiableCredential", "AssayDeviceCredential"],
  name: "a pump",
  description: [{ "@value": "eine Pumpe", "@language": "de" }],
  issuer: { id: "did:key:zIssuer", name: "Acme" },
  validFrom: "2026-01-01T00:00:00Z",
  validUntil: "2027-01-01T00:00:00.5+02:00",
  credentialSchema: { id: SCHEMA_ID, type: "JsonSchema", digestSRI: SCHEMA_DIGEST },
  credentialStatus: [
    {
      id: "https://acme.example/status/1#7",
      type: "BitstringStatusListEntry",
      statusPurpose: "revocation",
      statusListIndex: "7",
      statusListCredential: "https://acme.example/status/1",
      statusSize: 1,
    },
  ],
  credentialSubject: {
    id: "did:key:zDevice",
    hardwareId: "SN-1",
    vendor: "acme",
    class: "pump",
    assurance: "hardware",
    capabilities: {
      measurements: [{ name: "t*", unit: "Cel", min: -40, max: 85, kind: "gauge", period: 60 }],
      actions: ["telemetry", "event"],
      audiences: ["https://plant.example/*", "urn:plant"],
      ratePerMinute: 60,
      maxAges: { telemetry: 60 },
    },
  },
}

/** A value somewhere within it. */
type Place = ReadonlyArray<string | number>
const placesIn = (value: unknown, at: Place = []): ReadonlyArray<Place> => {
  if (typeof value !== "object" || value === null) return [at]
  return [at, ...Object.entries(value).flatMap(([key, inner]) => placesIn(inner, [...at, key]))]
}
const PLACES = placesIn(WHOLE).filter((place) => place.length > 0)
const LEFT_OUT = Symbol("left out")

const changed = (place: Place, to: unknown): JsonObject => {
  const copy = structuredClone(WHOLE) as Record<string, unknown>
  let at = copy
  for (const key of place.slice(0, -1)) at = at[key] as Record<string, unknown>
  const last = place.at(-1)!
  if (to === LEFT_OUT) delete at[last]
  else at[last] = to
  return JSON.parse(JSON.stringify(copy)) as JsonObject
}

const OTHER: ReadonlyArray<unknown> = [
  LEFT_OUT,
  null,
  0,
  1,
  -1,
  1.5,
  2 ** 31,
  true,
  "",
  "x",
  "urn:x",
  "did:key:zX",
  "a/b",
  "did:\n",
  "2026-02-30T00:00:00Z",
  "x".repeat(2_000),
  [],
  [[]],
  ["x"],
  {},
  { id: "did:key:zX" },
  { id: "urn:x", type: "JsonSchema" },
]

describe("the schema of device credentials", () => {
  it("is the one that its digest names", () => {
    expect(schema["$id"]).toBe(SCHEMA_ID)
    expect(`sha384-${createHash("sha384").update(FILE).digest("base64")}`).toBe(SCHEMA_DIGEST)
  })

  it("is taken by name, with its digest or without, once or among equals", () => {
    const entry = { id: SCHEMA_ID, type: "JsonSchema" }
    for (const named of [WHOLE["credentialSchema"], entry, [entry, entry], undefined]) {
      const credential = changed(["credentialSchema"], named)
      expect([isRead(credential), conforms(credential)]).toEqual([true, true])
    }
  })

  it("holds for whatever is read here: with any value in any place", () => {
    let read = 0
    for (const place of PLACES)
      for (const other of OTHER) {
        const credential = changed(place, other)
        if (!isRead(credential)) continue
        read += 1
        expect(conforms(credential), `${place.join(".")}: ${JSON.stringify(other)}`).toBe(true)
      }
    expect(read).toBeGreaterThan(100)
  })

  it("holds for whatever is read here: with any JSON in any place", () => {
    fc.assert(
      fc.property(fc.constantFrom(...PLACES), fc.jsonValue({ maxDepth: 2 }), (place, value) => {
        const credential = changed(place, value)
        expect(!isRead(credential) || conforms(credential)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it.each<[string, Place, unknown]>([
    ["an end before the beginning", ["validUntil"], "2025-01-01T00:00:00Z"],
    ["a day that is none", ["validFrom"], "2026-02-30T00:00:00Z"],
    ["max below min", ["credentialSubject", "capabilities", "measurements", 0, "max"], -41],
  ])("cannot tell of %s, which is refused here all the same", (_, place, to) => {
    const credential = changed(place, to)
    expect([isRead(credential), conforms(credential)]).toEqual([false, true])
  })

  it.each<[string, Place, unknown]>([
    ["a member that is not known", ["restrictedTo"], "Sundays"],
    ["another type", ["type", 1], "AlumniCredential"],
    ["another schema", ["credentialSchema", "id"], "https://acme.example/s"],
    ["a class with a slash", ["credentialSubject", "class"], "a/b"],
    ["no capabilities", ["credentialSubject", "capabilities"], LEFT_OUT],
  ])("says no to %s, as is said here", (_, place, to) => {
    const credential = changed(place, to)
    expect([isRead(credential), conforms(credential)]).toEqual([false, false])
  })
})
