import { FencedError } from "@assay/log"
import { expect, it } from "vitest"
import { groupCheckpoint } from "../src/checkpoint.ts"
import { AT, recordsOf, testLog } from "./support.ts"

it("keeps a group's position in the log, apart from that of others", async () => {
  const log = await testLog()
  await log.append(AT, recordsOf("a", "b", "c"))
  const [mine, other] = [groupCheckpoint(log, "mine"), groupCheckpoint(log, "other")]
  expect(await mine.load(AT)).toBeNull()
  await mine.save(AT, 0, 2)
  expect(await groupCheckpoint(log, "mine").load(AT)).toBe(2)
  expect(await other.load(AT)).toBeNull()
})

it("refuses to move a position that somebody else has moved", async () => {
  const log = await testLog()
  await log.append(AT, recordsOf("a", "b", "c"))
  const [one, two] = [groupCheckpoint(log, "g"), groupCheckpoint(log, "g")]
  await one.load(AT)
  await two.load(AT)
  await one.save(AT, 0, 2)
  await expect(two.save(AT, 0, 1)).rejects.toThrow(FencedError)
  expect(await two.load(AT)).toBe(2)
})
