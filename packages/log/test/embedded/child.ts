/** A process of its own for the tests beside it: `child.ts write|fill|follow|open|reopen|hold <dir>`. Tells what it did, one line each. */

import { createInterface } from "node:readline"
import { openEmbedded } from "../../src/embedded/open.ts"
import type { NewRecord } from "../../src/port.ts"

const [mode, dir] = process.argv.slice(2) as [string, string]
const NEVER = new AbortController().signal
const at = { stream: "in", partition: 0 }
const record = (text: string): NewRecord => ({ key: Buffer.from(text), value: Buffer.alloc(2000, text) })

/** Submits and consumes as fast as it can until it is killed; says what was acknowledged. */
const write = async (): Promise<void> => {
  const log = await openEmbedded({ dir })
  const submit = async (): Promise<void> => {
    for (let n = (await log.bounds(at)).end; ; n++) {
      await log.append(at, [record(`${n}`)])
      console.log(`appended ${n}`)
    }
  }
  const consume = async (): Promise<void> => {
    for (let from = await log.position("g", at); ; ) {
      await log.waitFor(at, from, NEVER)
      const entries = await log.read(at, from, 10, 1 << 20)
      const next = entries.at(-1)!.offset + 1
      const records = entries.map(({ key }) => record(Buffer.from(key).toString()))
      const outputs = ["out", "state"].map((stream) => ({ stream, records }))
      await log.commit(0, { group: "g", stream: "in", from, next, outputs })
      console.log(`committed ${next}`)
      from = next
    }
  }
  await Promise.all([submit(), consume()])
}

/** Commits until the storage refuses, then shows that what is there is intact. */
const fill = async (): Promise<void> => {
  const log = await openEmbedded({ dir, partitions: 1 })
  const commit = (from: number, size: number) => {
    const records = [{ key: Buffer.from(`${from}`), value: Buffer.alloc(size, from) }]
    const outputs = ["in", "state"].map((stream) => ({ stream, records }))
    return log.commit(0, { group: "g", stream: "in", from, next: from + 1, outputs })
  }
  let from = 0
  for (let full = false; !full; ) {
    await commit(from, 300_000).then(
      () => from++,
      (error: Error) => {
        full = true
        console.log(error.name)
      },
    )
  }
  console.log(`position ${await log.position("g", at)} of ${from}, end ${(await log.bounds(at)).end}`)
  await log.close()
}

/** Reads along, read-only, until it saw the key "end". */
const follow = async (): Promise<void> => {
  const log = await openEmbedded({ dir, readOnly: true })
  console.log("ready")
  for (let from = 0; ; ) {
    await log.waitFor(at, from, NEVER)
    for (const { offset, key } of await log.read(at, from, 10, 1 << 20)) {
      const text = Buffer.from(key).toString()
      console.log(`read ${text}`)
      from = offset + 1
      if (text === "end") return log.close()
    }
  }
}

const open = async (): Promise<void> => {
  await openEmbedded({ dir }).then(
    (log) => log.close().then(() => console.log("opened")),
    (error: Error) => console.log(`${error.name}: ${error.message}`),
  )
}

/** Opens it for reading many times, one after the other. */
const reopen = async (): Promise<void> => {
  for (let n = 0; n < 400; n++) {
    const log = await openEmbedded({ dir, readOnly: true })
    await log.bounds(at)
    await log.close()
  }
}

/** Opens for writing, then appends a record for each line on standard input; says what came of it. */
const hold = async (): Promise<void> => {
  const log = await openEmbedded({ dir })
  console.log("opened")
  for await (const line of createInterface({ input: process.stdin }))
    await log.append(at, [record(line)]).then(
      ({ offset }) => console.log(`appended ${offset}`),
      (error: Error) => console.log(`${error.name}: ${error.message}`),
    )
  await log.close()
}

await { hold, write, fill, follow, open, reopen }[mode]!()
