/** A device's membership, from the states of the stages to a file that it carries. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { verifierKey } from "@assay/transparency"
import { expect, test } from "vitest"
import { Anchoring, type AnchorLog } from "../../src/index.ts"
import { formatMemberFile, isMemberFile, memberFileOf, verifyMemberFile } from "../../src/members/index.ts"
import { type SetName, setKey } from "../../src/members/set.ts"
import { evidenceOf } from "../evm/block-of.ts"
import { KEY_OF_LOG, openLog, Partition, SIGNER, scratch, signerOf, sourceOf } from "../plant.ts"

const [A, B, C] = ["did:key:zA", "did:key:zB", "did:key:zC"] as const

const lastRoot = async (log: AnchorLog): Promise<Uint8Array> => {
  for await (const { head } of log.checkpointsOf(setKey(log.key, "enrolled").name)) return head.root
  throw new Error("no set is in the log")
}
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex")

const plant = async () => {
  const log: AnchorLog = await openLog()
  const directory = join(scratch(), "sets")
  const now: Record<SetName, Array<string>> = { enrolled: [], revoked: [], firmware: [] }
  let isAway = false
  const read = async () => {
    if (isAway) throw new Error("the log is away")
    return now
  }
  const partition = new Partition()
  const open = () =>
    Anchoring.open({
      log,
      signer: SIGNER,
      logs: [partition],
      anchors: [],
      identities: { directory, read },
      intervalMs: 0,
    })
  const file = (device: string, evidence = [evidenceOf(log.head!)]) =>
    memberFileOf(log, directory, device, [sourceOf(evidence)])
  const away = (is: boolean): void => {
    isAway = is
  }
  return { log, directory, now, partition, open, file, away }
}

test("sets go into the anchor log when they change, beside the checkpoints, and each device is proven in its own", async () => {
  const { log, now, partition, open, file } = await plant()
  const anchoring = await open()
  expect(await anchoring.round()).toMatchObject({ size: 0, grew: 0 })
  now.enrolled = [A, B]
  await partition.grow()
  expect(await anchoring.round()).toMatchObject({ size: 2, grew: 2, problems: [] })
  expect(await anchoring.round()).toMatchObject({ grew: 0 })
  const first = evidenceOf(log.head!)
  expect(await file(A)).toMatchObject({ member: A, set: "enrolled" })
  expect([await file(C), await file(A, [])]).toEqual([null, null])

  now.enrolled = [A]
  now.revoked = [B]
  // What is anchored is known again after a restart.
  const again = await open()
  expect(await again.round()).toMatchObject({ size: 4, grew: 2 })
  expect(await again.round()).toMatchObject({ grew: 0 })
  expect(await file(B)).toMatchObject({ set: "revoked" })
  // The newest sets are not anchored yet: what was, is.
  expect(await file(B, [first])).toMatchObject({ set: "enrolled" })

  const member = formatMemberFile((await file(A))!)
  expect(isMemberFile(member)).toBe(true)
  const proven = verifyMemberFile(member, KEY_OF_LOG)
  expect(proven).toMatchObject({ member: A, set: "enrolled", head: { size: 1 } })
  expect(proven.anchors).toMatchObject([{ head: { size: 4 }, evidence: { kind: "evm", size: 4 } }])
})

test("any changed part is refused, and so is another key", async () => {
  const { now, open, file } = await plant()
  now.enrolled = [A, B]
  await (await open()).round()
  const member = (await file(A))!
  const other = (await file(B))!
  const changes = [
    { device: C },
    { device: B },
    { set: "revoked" as const },
    { set: "trusted" },
    { membership: other.membership },
    { anchors: [] },
    { anchors: [{ ...member.anchors[0]!, inclusion: member.membership }] },
  ]
  for (const change of changes)
    expect(() =>
      verifyMemberFile(JSON.stringify({ ...JSON.parse(formatMemberFile(member)), ...change }), KEY_OF_LOG),
    ).toThrow()
  const foreign = verifierKey(KEY_OF_LOG.name, signerOf("another").publicKey)
  expect(() => verifyMemberFile(formatMemberFile(member), foreign)).toThrow(/not signed by/)
  expect(() => verifyMemberFile("{}", KEY_OF_LOG)).toThrow(/not of the format/)
})

test("reference values are a set of their own, which is made beside those of devices or without them", async () => {
  const { directory, now, open, file } = await plant()
  const item = `sha256:${"a".repeat(64)}`
  now.enrolled = [A]
  now.firmware = [item]
  await (await open()).round()
  const proof = formatMemberFile((await file(item))!)
  expect(JSON.parse(proof)).toMatchObject({ item, set: "firmware" })
  expect(verifyMemberFile(proof, KEY_OF_LOG)).toMatchObject({ member: item, set: "firmware", head: { size: 1 } })
  const renamed = JSON.stringify({ ...JSON.parse(proof), device: item, item: undefined })
  expect(() => verifyMemberFile(renamed, KEY_OF_LOG)).toThrow(/lacks the device or item/)
  // A process that reads reference values alone leaves the sets of devices as they are.
  const other: Partial<typeof now> = { firmware: [] }
  Object.assign(now, { enrolled: undefined, revoked: undefined }, other)
  await (await open()).round()
  expect(readdirSync(directory).map((name) => name.split("-")[0])).toContain("enrolled")
  expect(await file(A)).toMatchObject({ member: A, set: "enrolled" })
})

test("after a restart a set goes on from what is kept; from a file of an earlier version, and without a whole file too", async () => {
  const { directory, log, now, open, file } = await plant()
  const many = Array.from({ length: 40 }, (_, n) => `did:key:z${n}`)
  now.enrolled = many.slice(0, 30)
  await (await open()).round()
  now.enrolled = many.slice(5, 35)
  // The kept order is the one that goes on: the same devices are the same root.
  const second = await open()
  expect(await second.round()).toMatchObject({ grew: 1 })
  expect(await (await open()).round()).toMatchObject({ grew: 0 })
  const root = hexOf(await lastRoot(log))
  const kept = readdirSync(directory).find((name) => name.endsWith(`${root}.list`))

  // Before, a file was in any order, and the leaves in that of their hashes.
  const earlier = await plant()
  earlier.now.enrolled = many
  await (await earlier.open()).round()
  const [list] = readdirSync(earlier.directory)
  const lines = readFileSync(join(earlier.directory, list!), "utf8").split("\n").toReversed().join("\n")
  writeFileSync(join(earlier.directory, list!.replace(".list", ".txt")), lines)
  rmSync(join(earlier.directory, list!))
  expect(await earlier.file(many[7]!)).toMatchObject({ set: "enrolled" })
  expect(await (await earlier.open()).round()).toMatchObject({ grew: 0, problems: [] })

  writeFileSync(join(directory, kept!), "did:key:zDamaged\n")
  await expect(file(many[6]!)).rejects.toMatchObject({ code: "state" })
  const third = await open()
  expect(await third.round()).toMatchObject({ problems: [] })
  now.enrolled = many.slice(6, 36)
  expect(await third.round()).toMatchObject({ grew: 1, problems: [] })
  expect(await file(many[6]!)).toMatchObject({ set: "enrolled" })
})

test("a device that was erased is in no file any more, and states that cannot be read hold up no checkpoint", async () => {
  const { directory, now, partition, open, file, away } = await plant()
  const anchoring = await open()
  now.enrolled = [A, B]
  await anchoring.round()
  now.enrolled = [A, B, C]
  await anchoring.round()
  const kept = (): string =>
    readdirSync(directory)
      .map((name) => readFileSync(join(directory, name), "utf8"))
      .join("")
  expect([kept().includes(B), readdirSync(directory).length]).toEqual([true, 2])
  now.enrolled = [A, C]
  await anchoring.round()
  expect([kept().includes(B), await file(B)]).toEqual([false, null])
  expect(await file(A)).toMatchObject({ set: "enrolled" })

  away(true)
  await partition.grow()
  expect(await anchoring.round()).toMatchObject({ grew: 1, problems: ["the sets: the log is away"] })
})
