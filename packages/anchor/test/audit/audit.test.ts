/** What a reader finds who is shown another history than the chain has. */
import { expect, test } from "vitest"
import { auditAnchorLog } from "../../src/audit/audit.ts"
import { Anchoring, type AnchorLog } from "../../src/index.ts"
import { openLog, Partition, SIGNER, scratch } from "../plant.ts"

const plant = async () => {
  const logs = [new Partition(0), new Partition(1)]
  const log: AnchorLog = await openLog()
  const identities = { directory: scratch(), read: async () => ({ enrolled: ["did:key:zA"], revoked: [] }) }
  const anchoring = await Anchoring.open({ log, signer: SIGNER, logs, anchors: [], identities, intervalMs: 0 })
  const heads: Array<{ size: number; root: Uint8Array }> = []
  for (const [own, other] of [
    [3, 1],
    [300, 0],
    [2, 5],
  ] as const) {
    await logs[0]!.grow(own)
    if (other > 0) await logs[1]!.grow(other)
    await anchoring.round()
    heads.push({ size: log.head!.size, root: log.head!.root })
  }
  return { log, logs, heads }
}

test("a log that agrees with the chain and with its partitions has no finding, and what is not shown is named", async () => {
  const { log, logs, heads } = await plant()
  await logs[1]!.grow(10)
  expect(await auditAnchorLog(log, heads, logs)).toEqual({
    leaves: 6,
    compared: 5,
    heads: 3,
    notShown: [],
    findings: [],
  })
  expect(await auditAnchorLog(log, heads, [logs[0]!])).toMatchObject({
    compared: 3,
    notShown: [logs[1]!.origin],
    findings: [],
  })
})

test("an anchor log of another history, or a shorter one, does not have the roots of the contract", async () => {
  const { log, heads } = await plant()
  const other = await openLog()
  const partition = new Partition(0)
  for (let i = 0; i < 4; i++) await other.append([Buffer.from(await partition.grow(1, "another"))], SIGNER)
  const { findings } = await auditAnchorLog(other, heads, [])
  expect(findings).toContain(`the contract has another tree of ${heads[0]!.size} leaves than the anchor log shows`)
  expect(findings).toContain(`the contract has ${log.head!.size} leaves of the anchor log, and 4 are shown`)
})

test("a partition that shows another history, or fewer leaves, is found by every leaf that it does not have", async () => {
  const { log, logs, heads } = await plant()
  const rewritten = new Partition(0)
  await rewritten.grow(305, "another")
  const { findings } = await auditAnchorLog(log, heads, [rewritten, logs[1]!])
  expect(findings).toHaveLength(3)
  for (const finding of findings) expect(finding).toMatch(/0\/1: another tree of \d+ leaves is anchored than is shown/)
  const back = new Partition(0)
  await back.grow(3)
  expect((await auditAnchorLog(log, heads, [back])).findings).toEqual([
    expect.stringMatching(/303 leaves are anchored, and 3 are shown/),
    expect.stringMatching(/305 leaves are anchored, and 3 are shown/),
  ])
})
