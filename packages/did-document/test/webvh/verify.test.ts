import { describe, expect, it } from "vitest"
import { MAX_LOG_BYTES, verifyWebvh } from "../../src/index.ts"
import { appendWebvh, commitTo, multikeyOfKey, witnessWebvh } from "../../src/webvh/write.ts"
import { AT, after, createdBy, documentOf, keyOf } from "./logs.ts"

const verify = (did: string, log: string, witness: string | null = null, at = AT) =>
  verifyWebvh({ did, log: Buffer.from(log), witness: witness === null ? null : Buffer.from(witness), at })

const keys = (...numbers: ReadonlyArray<number>) => numbers.map((n) => multikeyOfKey(keyOf(n)))

describe("a did:webvh log", () => {
  it("is verified entry by entry, and gives the last document", () => {
    const { did, log } = createdBy()
    const next = appendWebvh(log, {
      time: after(60),
      parameters: {},
      state: documentOf(did, [keyOf(8)]),
      key: keyOf(1),
    })
    const found = verify(did, next)
    if ("reason" in found) throw new Error(found.detail)
    expect(found.versions.map(({ number }) => number)).toEqual([1, 2])
    expect(found.document).toEqual(documentOf(did, [keyOf(8)]))
    expect(found.names).toEqual([did])
  })

  it("belongs to one DID", () => {
    const { did, log } = createdBy()
    expect(verify(did.replace("id.example.com", "other.example.com"), log)).toMatchObject({ reason: "log" })
    expect(verify(`did:webvh:${"Q".repeat(46)}:id.example.com:devices:one`, log)).toMatchObject({ reason: "scid" })
    expect(verify("did:web:id.example.com", log)).toMatchObject({ reason: "did" })
    expect(verify("did:key:z6Mk", log)).toMatchObject({ reason: "did" })
  })

  it.each([
    ["another byte in the document", (log: string) => log.replace("key-1", "key-2"), "hash"],
    ["an entry that is left out", (log: string) => `${log.split("\n")[1]}\n`, "parameters"],
    ["the proof of another entry", (log: string) => swapProofs(log), "proof"],
    ["no proof", (log: string) => changeLast(log, (entry) => ({ ...entry, proof: undefined })), "proof"],
    ["an empty list of proofs", (log: string) => changeLast(log, (entry) => ({ ...entry, proof: [] })), "proof"],
    [
      "another number",
      (log: string) => changeLast(log, (e) => ({ ...e, versionId: `3${String(e["versionId"]).slice(1)}` })),
      "hash",
    ],
    [
      "a hash alone",
      (log: string) => changeLast(log, (e) => ({ ...e, versionId: String(e["versionId"]).slice(2) })),
      "hash",
    ],
    ["an unknown member", (log: string) => changeLast(log, (entry) => ({ ...entry, more: 1 })), "log"],
    ["a repeated member", (log: string) => log.replace('{"versionId"', '{"versionId":"x","versionId"'), "log"],
    ["no JSON", () => "{", "log"],
    ["nothing", () => "\n", "log"],
    ["too much", () => "x".repeat(MAX_LOG_BYTES + 1), "log"],
  ])("is refused with %s", (_, change, reason) => {
    const { did, log } = createdBy()
    const next = appendWebvh(log, {
      time: after(60),
      parameters: {},
      state: documentOf(did, [keyOf(9)]),
      key: keyOf(1),
    })
    expect(verify(did, change(next))).toMatchObject({ reason })
  })

  it("holds to the order of times, and to the clock", () => {
    const { did, log } = createdBy()
    const entry = { parameters: {}, state: documentOf(did, [keyOf(9)]), key: keyOf(1) }
    expect(verify(did, appendWebvh(log, { ...entry, time: after(0) }))).toMatchObject({ reason: "time" })
    const ahead = appendWebvh(log, { ...entry, time: AT + 301_000 })
    expect(verify(did, ahead)).toMatchObject({ reason: "time" })
    expect(verify(did, ahead, null, AT + 1_000)).not.toHaveProperty("reason")
  })

  it("is updated by the keys of the entry before alone", () => {
    const { did, log } = createdBy()
    const state = documentOf(did, [keyOf(9)])
    const handed = appendWebvh(log, { time: after(60), parameters: { updateKeys: keys(2) }, state, key: keyOf(1) })
    expect(verify(did, handed)).not.toHaveProperty("reason")
    expect(verify(did, appendWebvh(handed, { time: after(90), parameters: {}, state, key: keyOf(1) }))).toMatchObject({
      reason: "proof",
    })
    expect(
      verify(did, appendWebvh(handed, { time: after(90), parameters: {}, state, key: keyOf(2) })),
    ).not.toHaveProperty("reason")
    // A thief who names a key of his own and signs with it.
    expect(
      verify(did, appendWebvh(log, { time: after(60), parameters: { updateKeys: keys(66) }, state, key: keyOf(66) })),
    ).toMatchObject({ reason: "proof" })
  })

  describe("with pre-rotation", () => {
    const committed = () => createdBy({ nextKeyHashes: [commitTo(keyOf(2))] })

    it("goes on with the keys that were committed to", () => {
      const { did, log } = committed()
      const state = documentOf(did, [keyOf(9)])
      const next = appendWebvh(log, {
        time: after(60),
        parameters: { updateKeys: keys(2), nextKeyHashes: [commitTo(keyOf(3))] },
        state,
        key: keyOf(2),
      })
      expect(verify(did, next)).not.toHaveProperty("reason")
    })

    it("leaves a thief of the present update key nothing", () => {
      const { did, log } = committed()
      const state = documentOf(did, [keyOf(66)])
      const by = (parameters: object, key: number) =>
        verify(
          did,
          appendWebvh(log, {
            time: after(60),
            parameters: parameters as Record<string, never>,
            state,
            key: keyOf(key),
          }),
        )
      expect(by({}, 1)).toMatchObject({ reason: "parameters" })
      expect(by({ updateKeys: keys(1), nextKeyHashes: [] }, 1)).toMatchObject({ reason: "parameters" })
      expect(by({ updateKeys: keys(66), nextKeyHashes: [] }, 66)).toMatchObject({ reason: "parameters" })
      expect(by({ updateKeys: keys(2), nextKeyHashes: [] }, 1)).toMatchObject({ reason: "proof" })
      expect(by({ updateKeys: keys(2, 66), nextKeyHashes: [] }, 66)).toMatchObject({ reason: "parameters" })
      expect(by({ updateKeys: keys(2) }, 2)).toMatchObject({ reason: "parameters" })
    })
  })

  describe("with witnesses", () => {
    const witnessed = (threshold: number, ...numbers: ReadonlyArray<number>) => ({
      witness: { threshold, witnesses: keys(...numbers).map((key) => ({ id: `did:key:${key}` })) },
    })

    it("needs its threshold of different ones, about the version or a later one", () => {
      const { did, log } = createdBy(witnessed(2, 20, 21, 22))
      expect(verify(did, log)).toMatchObject({ reason: "witness" })
      expect(verify(did, log, witnessWebvh(log, [keyOf(20)], AT))).toMatchObject({ reason: "witness" })
      expect(verify(did, log, witnessWebvh(log, [keyOf(20), keyOf(20)], AT))).toMatchObject({ reason: "witness" })
      expect(verify(did, log, witnessWebvh(log, [keyOf(20), keyOf(66)], AT))).toMatchObject({ reason: "witness" })
      expect(verify(did, log, witnessWebvh(log, [keyOf(20), keyOf(22)], AT))).not.toHaveProperty("reason")
      const next = appendWebvh(log, {
        time: after(60),
        parameters: {},
        state: documentOf(did, [keyOf(9)]),
        key: keyOf(1),
      })
      expect(verify(did, next, witnessWebvh(log, [keyOf(20), keyOf(22)], AT))).toMatchObject({ reason: "witness" })
      expect(verify(did, next, witnessWebvh(next, [keyOf(21), keyOf(22)], AT))).not.toHaveProperty("reason")
    })

    it("lets those before approve who comes after them", () => {
      const { did, log } = createdBy(witnessed(1, 20))
      const state = documentOf(did, [keyOf(9)])
      const next = appendWebvh(log, { time: after(60), parameters: witnessed(1, 21), state, key: keyOf(1) })
      expect(verify(did, next, witnessWebvh(next, [keyOf(21)], AT))).toMatchObject({ reason: "witness" })
      expect(verify(did, next, witnessWebvh(next, [keyOf(20)], AT))).not.toHaveProperty("reason")
      const none = appendWebvh(log, { time: after(60), parameters: { witness: {} }, state, key: keyOf(1) })
      expect(verify(did, none, witnessWebvh(log, [keyOf(20)], AT))).toMatchObject({ reason: "witness" })
      expect(verify(did, none, witnessWebvh(none, [keyOf(20)], AT))).not.toHaveProperty("reason")
    })

    it("takes no proof about a version of another log, and is not spoiled by one that does not verify", () => {
      const { did, log } = createdBy(witnessed(1, 20))
      const { log: other } = createdBy({ ...witnessed(1, 20), ttl: 1 })
      expect(verify(did, log, witnessWebvh(other, [keyOf(20)], AT))).toMatchObject({ reason: "witness" })
      const [good] = JSON.parse(witnessWebvh(log, [keyOf(20)], AT)) as [
        { versionId: string; proof: [{ proofValue: string }] },
      ]
      const bad = { ...good.proof[0], proofValue: `z${"2".repeat(87)}` }
      expect(verify(did, log, JSON.stringify([{ ...good, proof: [bad, ...good.proof] }]))).not.toHaveProperty("reason")
      expect(verify(did, log, "[")).toMatchObject({ reason: "witness" })
    })
  })

  it("moves only where it is portable, and says where it was", () => {
    const moved = (portable: boolean, also: boolean) => {
      const { did, log } = createdBy({ portable })
      const to = did.replace("id.example.com:devices", "new.example.com:d")
      const state = { ...documentOf(to, [keyOf(9)]), ...(also ? { alsoKnownAs: [did] } : {}) }
      return { did, to, log: appendWebvh(log, { time: after(60), parameters: {}, state, key: keyOf(1) }) }
    }
    const good = moved(true, true)
    expect(verify(good.to, good.log)).toMatchObject({ names: [good.did, good.to] })
    expect(verify(good.did, good.log)).toMatchObject({ names: [good.did, good.to] })
    const silent = moved(true, false)
    expect(verify(silent.to, silent.log)).toMatchObject({ reason: "document" })
    const fixed = moved(false, true)
    expect(verify(fixed.to, fixed.log)).toMatchObject({ reason: "parameters" })
  })

  it("ends with its deactivation", () => {
    const { did, log } = createdBy()
    const state = documentOf(did, [keyOf(9)])
    const ended = appendWebvh(log, {
      time: after(60),
      parameters: { deactivated: true, updateKeys: [] },
      state,
      key: keyOf(1),
    })
    expect(verify(did, ended)).toMatchObject({ deactivated: true })
    expect(verify(did, appendWebvh(ended, { time: after(90), parameters: {}, state, key: keyOf(1) }))).toMatchObject({
      reason: "parameters",
    })
  })
})

type Entry = Record<string, unknown>

const changeLast = (log: string, change: (entry: Entry) => Entry): string => {
  const lines = log.trimEnd().split("\n")
  return [...lines.slice(0, -1), JSON.stringify(change(JSON.parse(lines.at(-1)!) as Entry))].join("\n")
}

const swapProofs = (log: string): string => {
  const [first, second] = log
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Entry)
  return [first, { ...second, proof: first!["proof"] }].map((entry) => JSON.stringify(entry)).join("\n")
}
