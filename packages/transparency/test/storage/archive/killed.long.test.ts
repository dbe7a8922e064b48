/** A process that prunes is killed (kill -9) again and again, at whatever point it is. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { setTimeout as delay } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"
import { Archive } from "../../../src/storage/archive/archive.ts"
import { checkArchive } from "../../../src/storage/archive/restore.ts"
import { withArchive } from "../../../src/storage/archive/tiles.ts"
import { directoryTiles, entriesFrom } from "../../../src/storage/directory.ts"
import { numbered } from "../../memory.ts"
import { ORIGIN, openArchived } from "./plant.ts"

const CHILD = fileURLToPath(new URL("./killed.child.ts", import.meta.url))
const SIZE = 200 * 256

test("nothing is lost, and the next call goes on until all of it is pruned", async () => {
  const plant = await openArchived(SIZE)
  const archive = Archive.at(plant.away, ORIGIN)
  const tiles = withArchive(directoryTiles(plant.directory), archive)
  const all = numbered(SIZE)
  let kills = 0
  for (let ended = false; !ended; ) {
    const child = spawn(process.execPath, [CHILD, plant.directory, plant.away, String(SIZE)])
    const end = once(child, "exit")
    await Promise.race([once(child.stdout, "data"), end])
    // Longer from time to time, so that it comes to its end whatever the machine does.
    await Promise.race([delay((50 + 150 * kills) * Math.random()), end])
    child.kill("SIGKILL")
    const [code] = await end
    ended = code === 0
    if (!ended) kills += 1
    let at = 0
    for await (const entry of entriesFrom(tiles, 0, SIZE))
      if (Buffer.compare(entry, all[at++]!) !== 0) expect.fail(`entry ${at - 1} is another after ${kills} kills`)
    expect(at).toBe(SIZE)
  }
  expect(kills).toBeGreaterThan(0)
  expect(plant.bundles()).toEqual([])
  expect(await checkArchive({ directory: plant.directory, archive, head: plant.head })).toMatchObject({
    pruned: 200,
    archived: 200,
  })
}, 240_000)
