import { describe, expect, it } from "vitest"
import { importTuf, readRepository, type TufFiles, type TufState } from "../../src/index.ts"
import {
  digestOfImage,
  filesOf,
  image,
  type Keys,
  NOW,
  newKey,
  newKeys,
  PAST,
  type Release,
  release,
  rootBody,
  signed,
  trusting,
} from "./repository.ts"

const keys = newKeys()
const ROOT = signed(rootBody(keys), keys.root.slice(0, 2))
const TARGETS = {
  "pump-1.bin": image("one", "1.0", 1),
  "pump-2-main.bin": image("two", "2.0", 2, "main"),
  "pump-2-modem.bin": image("modem", "2.0", 2, "modem"),
  "readme.txt": { length: 1, hashes: { sha256: digestOfImage("r") } },
}
const made = (changes: Partial<Release> = {}, by: Keys = keys) =>
  release(by, { targets: TARGETS, version: 1, ...changes })
const refusedBy = (reason: string, files: TufFiles, state: TufState = trusting(ROOT)): void => {
  expect(() => readRepository(files, state, NOW)).toThrow(expect.objectContaining({ reason: `firmware.${reason}` }))
}

describe("a TUF repository", () => {
  it("gives the firmware among its targets", () => {
    const repository = readRepository(filesOf(made()), trusting(ROOT), NOW)
    expect(importTuf(repository, { vendor: "acme", class: "pump" }).releases).toEqual([
      { version: "1.0", svn: 1, components: [{ name: "firmware", digest: digestOfImage("one") }] },
      {
        version: "2.0",
        svn: 2,
        components: [
          { name: "main", digest: digestOfImage("two") },
          { name: "modem", digest: digestOfImage("modem") },
        ],
      },
    ])
    expect(() => importTuf(repository, { vendor: "acme", class: "valve" })).toThrow(
      expect.objectContaining({ reason: "firmware.other_model" }),
    )
  })

  it("is followed over new roots, which old and new keys sign", () => {
    const next = newKeys()
    const second = signed(rootBody(next, 2), [...keys.root.slice(0, 2), ...next.root.slice(1)])
    const files = new Map([["2.root.json", second]])
    const { state } = readRepository(filesOf(files, made({}, next)), trusting(ROOT), NOW)
    expect(state.root).toEqual(second)
    refusedBy("tuf_threshold", filesOf(made({}, next)))
  })
})

describe("refused is", () => {
  it("what fewer signed than the threshold, however often one of them did", () => {
    const [first] = keys.targets
    refusedBy("tuf_threshold", filesOf(made({ signers: { targets: [first!] } })))
    refusedBy("tuf_threshold", filesOf(made({ signers: { targets: [first!, first!] } })))
    refusedBy("tuf_threshold", filesOf(made({ signers: { targets: [first!, newKey()] } })))
    refusedBy("tuf_threshold", filesOf(made({ signers: { timestamp: [newKey()] } })))
    refusedBy("tuf_threshold", filesOf(made({ signers: { snapshot: keys.timestamp } })))
  })

  it("one key under two names", () => {
    const [first] = keys.targets
    const twin = { ...first!, id: "another name" }
    const twins: Keys = { ...keys, targets: [first!, twin] }
    const root = signed(rootBody(twins), keys.root.slice(0, 2))
    refusedBy("tuf_threshold", filesOf(made({}, twins)), trusting(root))
  })

  it("a root that the keys before it, or its own, did not sign", () => {
    const next = newKeys()
    for (const signers of [next.root, keys.root, [keys.root[0]!, ...next.root]]) {
      const files = new Map([["2.root.json", signed(rootBody(next, 2), signers)]])
      refusedBy("tuf_threshold", filesOf(files, made({}, next)))
    }
    const skipped = new Map([["2.root.json", signed(rootBody(keys, 3), keys.root)]])
    refusedBy("tuf_rollback", filesOf(skipped, made()))
  })

  it.each(["timestamp", "snapshot", "targets"])("an expired %s", (role) => {
    refusedBy("tuf_expired", filesOf(made({ expires: { [role]: PAST } })))
  })

  it("an expired root, which freezes everybody", () => {
    const root = signed(rootBody(keys, 1, PAST), keys.root)
    refusedBy("tuf_expired", filesOf(made()), trusting(root))
  })

  it("what is older than what was seen before", () => {
    const { state } = readRepository(filesOf(made({ version: 2 })), trusting(ROOT), NOW)
    refusedBy("tuf_rollback", filesOf(made({ version: 1 })), state)
    expect(readRepository(filesOf(made({ version: 2 })), state, NOW).state).toEqual(state)
    // A new timestamp over an old snapshot.
    refusedBy("tuf_rollback", filesOf(made({ version: 1 })), { ...state, timestamp: 0 })
    refusedBy("tuf_rollback", filesOf(made({ version: 3 })), { ...state, listed: { "targets.json": 4 } })
    refusedBy("tuf_rollback", filesOf(made({ version: 3 })), { ...state, listed: { "other.json": 1 } })
  })

  it("begun anew where other keys sign timestamp and snapshot", () => {
    const next: Keys = { ...keys, timestamp: [newKey()], snapshot: [newKey()] }
    const files = new Map([["2.root.json", signed(rootBody(next, 2), keys.root)]])
    const far: TufState = { root: ROOT, timestamp: 2 ** 50, snapshot: 2 ** 50, listed: { "targets.json": 2 ** 50 } }
    expect(readRepository(filesOf(files, made({ version: 2 }, next)), far, NOW).state.timestamp).toBe(2)
    refusedBy("tuf_rollback", filesOf(made({ version: 2 })), far)
  })

  it("a mixture of two states, each rightly signed", () => {
    const [one, two] = [made(), made({ version: 2, targets: { "pump-9.bin": image("nine", "9", 9) } })]
    const moved = (from: ReadonlyMap<string, Buffer>, name: string, as: string) => new Map([[as, from.get(name)!]])
    refusedBy("tuf_mixed", filesOf(two, moved(one, "1.targets.json", "2.targets.json")))
    refusedBy("tuf_mixed", filesOf(two, moved(one, "1.snapshot.json", "2.snapshot.json")))
  })

  it("what lacks a file, and delegations, which are not read", () => {
    refusedBy("tuf_missing", filesOf(new Map()))
    const all = made()
    all.delete("1.targets.json")
    refusedBy("tuf_missing", filesOf(all))
  })

  it("what is no metadata of its role", () => {
    const all = made()
    refusedBy("malformed", filesOf(all, new Map([["timestamp.json", all.get("1.snapshot.json")!]])))
    refusedBy("malformed", filesOf(all, new Map([["timestamp.json", Buffer.from("{")]])))
  })
})
