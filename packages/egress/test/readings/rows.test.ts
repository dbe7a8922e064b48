import { generateKeyPairSync } from "node:crypto"
import { signClaims } from "@assay/jose"
import { decodeReadingRow, encodeReadingRow } from "@assay/schemas"
import { message } from "@assay/testkit/samples"
import { describe, expect, it } from "vitest"
import { ROW_ENCODERS } from "../../src/readings/format.ts"
import { readingRows } from "../../src/readings/rows.ts"
import { decidedWith, reading } from "./support.ts"

describe("the rows of a decided message", () => {
  it("are one for each reading, flat, with what is known of the device", () => {
    const rows = readingRows(
      decidedWith(7, {}, [reading("temperature"), reading("door", { value: null, unit: null, flag: true })]),
    )
    expect(rows).toHaveLength(2)
    expect(rows[0]).toEqual({
      schemaVersion: 1,
      outcome: "verified",
      kind: "original",
      device: message.claims!.iss,
      vendor: "acme",
      class: "pump",
      zone: "press",
      name: "urn:dev:mac:0024befffe804ff1:temperature",
      unit: "Cel",
      value: 21.25,
      text: null,
      flag: null,
      data: null,
      measuredAt: 1_760_000_000_125_000,
      ingestedAt: message.time,
      trust: "trusted",
      reputation: 0.9375,
      originEpoch: 1,
      originPartition: 0,
      originOffset: 7,
      position: 0,
    })
    expect(rows[1]).toMatchObject({ flag: true, value: null, unit: null, position: 1 })
  })

  it("have the data of a reading that holds nothing else, from the signed bytes", () => {
    const { privateKey } = generateKeyPairSync("ed25519")
    const senml = [
      { n: "a", v: 1 },
      { n: "frame", vd: Buffer.from([0, 255, 7]).toString("base64url") },
    ]
    const bytes = signClaims({ senml }, privateKey, { kid: "did:key:x#x", typ: "m2m-message+jwt" })
    const rows = readingRows(
      decidedWith(1, {}, [reading("a", { value: 1 }), reading("frame", { value: null })], {
        envelope: { ...message.envelope, bytes },
      }),
    )
    expect(rows.map(({ data }) => data && [...data])).toEqual([null, [0, 255, 7]])
  })

  it("say that they were held at first, and by whom they are to be used with care", () => {
    const [row] = readingRows(decidedWith(1, { outcome: "annotated", kind: "released" }))
    expect(row).toMatchObject({ outcome: "annotated", kind: "released" })
  })

  it("are none of what is held, and none where nobody measured", () => {
    expect(readingRows(decidedWith(1, { outcome: "quarantined" }))).toEqual([])
    expect(readingRows(decidedWith(1, {}, []))).toEqual([])
  })

  it("have no time where no whole number of microseconds holds it", () => {
    const [row] = readingRows(decidedWith(1, {}, [reading("far", { time: 8.6e12 })]))
    expect(row!.measuredAt).toBeNull()
    expect(decodeReadingRow(encodeReadingRow(row!))).toEqual(row)
  })

  it("refuses what is not decided, and what nobody signed", () => {
    expect(() => readingRows({ ...message, decision: null })).toThrow(TypeError)
    expect(() => readingRows(decidedWith(1, {}, [], { claims: null }))).toThrow(TypeError)
  })
})

describe("a row as it lies on its stream", () => {
  const [row] = readingRows(
    decidedWith(1_234_567_890, {}, [reading("inlet-temperature")], {
      subject: { vendor: "acme-pumps", class: "centrifugal-pump", assurance: "hardware" },
    }),
  )

  it("has at most 250 bytes in Avro", () => {
    const { length } = ROW_ENCODERS.avro.reading(row!)
    expect(length).toBeLessThanOrEqual(250)
    expect(length).toBeGreaterThan(150)
  })

  it("is the same in JSON, by the same names", () => {
    const withData = { ...row!, data: Buffer.from([1, 2, 255]) }
    const json = JSON.parse(Buffer.from(ROW_ENCODERS.json.reading(withData)).toString("utf8"))
    expect(json).toEqual({ ...row!, data: "AQL/" })
  })
})
