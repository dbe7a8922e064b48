/** A thread that owns a partition dies in the middle of its transactions; another one takes its place. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it } from "vitest"
import { input, readAll, record } from "../../../src/contract/subject.ts"
import { openShared } from "../../../src/embedded/threads/shared.ts"
import { UnavailableError } from "../../../src/errors.ts"
import { OwnerThread } from "./owners.ts"

const LIVES = 6

it("loses and repeats nothing that was answered, and tells of the rest that nobody knows", async () => {
  const dir = mkdtempSync(join(tmpdir(), "assay-owner-"))
  const shared = await openShared({ dir, partitions: 2 })
  const { log } = shared
  const steady = new OwnerThread()
  await steady.own(shared, dir, [1])
  const answered: Array<{ readonly key: string; readonly offset: number }> = []
  const unknown = new Set<string>()
  let position = 0
  let committed = 0
  for (let life = 0; life < LIVES; life++) {
    const owner = new OwnerThread()
    await owner.own(shared, dir, [0])
    // A replacement reads positions anew: what was in doubt is settled.
    position = await log.position("g", input)
    const calls: Array<Promise<unknown>> = []
    let killing: Promise<void> | null = null
    for (let n = 0; n < 400; n++) {
      const key = `${life}/${n}`
      calls.push(
        log.append(input, [record(key, Buffer.alloc(2_000, n))]).then(
          ({ offset }) => answered.push({ key, offset }),
          (cause) => {
            expect(cause).toBeInstanceOf(UnavailableError)
            unknown.add(key)
          },
        ),
      )
      if (n % 20 !== 0 || killing !== null) continue
      const outputs = [{ stream: "out", records: [record(`c${position}`)] }]
      const committing = log
        .commit(0, { group: "g", stream: "in", from: position, next: position + 1, outputs })
        .then(() => committed++)
      if (n >= 60) {
        calls.push(committing.catch((cause) => expect(cause).toBeInstanceOf(UnavailableError)))
        killing = owner.kill(shared)
      } else {
        await committing
        position++
      }
    }
    await (killing ?? owner.kill(shared))
    await Promise.all(calls)
    // The others go on.
    await log.append({ stream: "in", partition: 1 }, [record(`beside ${life}`)])
  }
  const last = new OwnerThread()
  await last.own(shared, dir, [0])
  const keys = (await readAll(log, input)).map(({ key, offset }) => [Buffer.from(key).toString(), offset] as const)
  const byKey = new Map(keys)
  expect(byKey.size).toBe(keys.length)
  for (const { key, offset } of answered) expect([key, byKey.get(key)]).toEqual([key, offset])
  for (const [key] of keys) expect(unknown.has(key) || answered.some((one) => one.key === key)).toBe(true)
  expect(unknown.size).toBeGreaterThan(0)
  const outs = (await readAll(log, { stream: "out", partition: 0 })).map(({ key }) => Buffer.from(key).toString())
  const end = await log.position("g", input)
  expect(outs).toEqual(Array.from({ length: end }, (_, n) => `c${n}`))
  expect(end).toBeGreaterThanOrEqual(committed)
  expect((await log.bounds({ stream: "in", partition: 1 })).end).toBe(LIVES)
  await last.release(shared)
  await steady.release(shared)
  await last.kill(shared)
  await steady.kill(shared)
  await log.close()
  rmSync(dir, { recursive: true, force: true })
})
