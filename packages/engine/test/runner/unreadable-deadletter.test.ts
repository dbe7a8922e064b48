import { hash } from "node:crypto"
import type { Headers, Log, LogRecord } from "@assay/log"
import { decodeRejected } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { deadLetter, LETTER_BYTES } from "../../src/runner/unreadable-deadletter.ts"
import { GROUP, INPUT, OUTPUT, Rig, readAll } from "./support.ts"

const SOURCE = { stage: "credential", stream: INPUT.stream, partition: 3, group: GROUP } as const

const record = (part: Partial<LogRecord> = {}): LogRecord => ({
  offset: 17,
  time: 1_760_000_000_000,
  key: Buffer.from("key"),
  value: Buffer.from("value"),
  ...part,
})

const letterOf = (part: Partial<LogRecord>) => deadLetter(record(part), "identity.malformed_record", "why", SOURCE)

const texts = (headers: Headers | undefined): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, value]) => [name, Buffer.from(value as Uint8Array).toString()]),
  )

const sizeOf = ({ key, value, headers = {} }: Pick<LogRecord, "key" | "value" | "headers">): number => {
  let size = key.length + value.length
  for (const [name, values] of Object.entries(headers))
    for (const each of values instanceof Uint8Array ? [values] : values) size += Buffer.byteLength(name) + each.length
  return size
}

describe("deadLetter", () => {
  it("keeps the record untouched and says what was wrong, and where", () => {
    const headers = { mine: Buffer.of(0, 255), twice: [Buffer.from("a"), Buffer.from("b")] }
    const letter = letterOf({ headers })
    expect(letter.key).toEqual(Buffer.from("key"))
    expect(letter.value).toEqual(Buffer.from("value"))
    expect(letter.absent).toBeUndefined()
    const { mine, twice, ...ours } = letter.headers!
    expect({ mine, twice }).toEqual(headers)
    expect(texts(ours)).toEqual({
      "trust.error.stage": "credential",
      "trust.error.code": "identity.malformed_record",
      "trust.error.class": "unreadable",
      "trust.error.message": "why",
      "trust.error.topic": INPUT.stream,
      "trust.error.partition": "3",
      "trust.error.offset": "17",
      "trust.error.timestamp": "1760000000000",
      "trust.error.group": GROUP,
      "trust.error.attempt": "1",
    })
  })

  it("names the schema id only where the value begins like the wire format", () => {
    const idOf = (value: Uint8Array): string | undefined => texts(letterOf({ value }).headers)["trust.error.schema.id"]
    expect(idOf(Buffer.from("00ffffffff01", "hex"))).toBe("4294967295")
    expect(idOf(Buffer.from("0000000007", "hex"))).toBe("7")
    for (const other of ["", "00", "00000000", "0100000007"]) expect(idOf(Buffer.from(other, "hex"))).toBeUndefined()
  })

  it("keeps nulls, and headers that are called like ours", () => {
    const headers = {
      "trust.error.code": Buffer.from("forged"),
      "original.trust.error.code": Buffer.from("older"),
      __proto__x: Buffer.from("x"),
    }
    const absent = { key: true, value: true }
    const letter = letterOf({ key: Buffer.alloc(0), value: Buffer.alloc(0), headers, absent })
    expect(letter.absent).toEqual(absent)
    expect(texts(letter.headers)).toMatchObject({
      "trust.error.code": "identity.malformed_record",
      "original.trust.error.code": "forged",
      "original.original.trust.error.code": "older",
      __proto__x: "x",
    })
  })

  it("bounds whatever is too large, and says what it was", () => {
    const bytes = fc.constantFrom(0, 10, 70_000, 300_000, LETTER_BYTES, 900_000)
    fc.assert(
      fc.property(bytes, bytes, bytes, (key, value, header) => {
        const whole = record({
          key: Buffer.alloc(key, 1),
          value: Buffer.alloc(value, 2),
          headers: { h: Buffer.alloc(header, 3) },
        })
        const { headers, ...letter } = deadLetter(whole, "identity.malformed_record", "why", SOURCE)
        const theirs = headers!["h"] === undefined ? {} : { h: headers!["h"] }
        expect(sizeOf({ ...letter, headers: theirs })).toBeLessThanOrEqual(LETTER_BYTES)
        const reported = texts(headers)["trust.error.truncated"]
        if (sizeOf(whole) <= LETTER_BYTES) {
          expect(reported).toBeUndefined()
          expect(letter.value.length).toBe(value)
          return
        }
        const cut = JSON.parse(reported!)
        for (const part of ["key", "value"] as const) {
          const is = { bytes: whole[part].length, sha256: hash("sha256", whole[part], "hex") }
          if (letter[part].length < whole[part].length) expect(cut[part]).toEqual(is)
          else expect(cut[part]).toBeUndefined()
          expect(Buffer.compare(letter[part], whole[part].subarray(0, letter[part].length))).toBe(0)
        }
        if (headers!["h"] === undefined) expect(cut.headers.bytes).toBe(header + 1)
      }),
      { numRuns: 60 },
    )
  })
})

describe("a runner", () => {
  let rig: Rig
  let log: Log
  beforeEach(async () => {
    rig = await Rig.open()
    log = rig.cluster.process()
  })
  afterEach(() => rig.close())

  it("writes unreadable records to the dead letters in the commit that passes them, beside the undecided record", async () => {
    await rig.messages(log, "did:a")
    const headers = { traceparent: Buffer.from("theirs"), "x-any": Buffer.of(1, 2) }
    await log.append(INPUT, [
      { key: Buffer.from("k"), value: Buffer.from("junk"), headers },
      { key: Buffer.alloc(0), value: Buffer.alloc(0), absent: { key: true, value: true } },
    ])
    await rig.messages(log, "did:a")
    const span = { traceparent: "ours", end: () => undefined }
    await (await rig.runner(log, { tracer: { begin: () => span } })).drain()
    expect(rig.cluster.commits).toHaveLength(1)
    const letters = await readAll(log, { stream: STREAMS.deadletter, partition: 0 })
    expect(letters.map(({ value }) => Buffer.from(value).toString())).toEqual(["junk", ""])
    expect(texts(letters[0]!.headers)).toMatchObject({ traceparent: "theirs", "trust.error.topic": INPUT.stream })
    const input = await readAll(log, INPUT)
    expect(letters.map((each) => texts(each.headers)["trust.error.offset"])).toEqual([
      `${input[1]!.offset}`,
      `${input[2]!.offset}`,
    ])
    expect(letters[1]!.absent).toEqual({ key: true, value: true })
    expect(letters.map((each) => texts(each.headers)["trust.error.code"])).toEqual(
      letters.map(() => "engine.unreadable_record"),
    )
    const undecided = await readAll(log, { stream: STREAMS.undecided, partition: 0 })
    expect(undecided.map(({ value }) => decodeRejected(value).origin.offset)).toEqual([
      -1 - input[1]!.offset,
      -1 - input[2]!.offset,
    ])
    expect(await readAll(log, OUTPUT)).toHaveLength(2)
  })

  it("writes no dead letters where the engine has no headers", async () => {
    await rig.messages(rig.embedded, "did:a")
    await rig.embedded.append(INPUT, [{ key: Buffer.from("k"), value: Buffer.from("junk") }])
    await (await rig.runner(rig.embedded)).drain()
    expect(await rig.embedded.bounds({ stream: STREAMS.deadletter, partition: 0 })).toEqual({ start: 0, end: 0 })
    expect((await rig.embedded.bounds({ stream: STREAMS.undecided, partition: 0 })).end).toBe(1)
  })

  it("drops what an entry brought along in headers", async () => {
    await rig.messages(log, "did:a")
    const [entry] = await readAll(log, INPUT)
    await log.append(INPUT, [{ key: entry!.key, value: entry!.value, headers: { secret: Buffer.from("s") } }])
    await (await rig.runner(log)).drain()
    for (const { headers } of await readAll(log, OUTPUT)) expect(headers).toBeUndefined()
  })
})
