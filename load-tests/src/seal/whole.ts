/** Checking a whole log: by `assay verify`, which computes every leaf again from its event; and as a tree alone, by us and by Tessera. */
import { execFile } from "node:child_process"
import { cpSync, mkdtempSync, rmSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { startSealers } from "@assay/integrity-hasher/sealer"
import { openEmbedded } from "@assay/log/embedded"
import { STREAMS } from "@assay/streams"
import { equalHash, openCheckpoint, TileBuilder, type VerifierKey } from "@assay/transparency"
import { directoryTiles, entriesFrom, logDirectory, readPublished } from "@assay/transparency/storage"
import { decisions, devicesOf } from "./events.ts"
import { type Measured, measure } from "./measured.ts"

export interface Checked extends Measured {
  /** Bytes of memory at most. */
  readonly rss: number
}

const AT_ONCE = 4096
/** Hashes of a full tile. */
const FULL = 256
const MAIN = fileURLToPath(new URL("../../../packages/cli/src/main.ts", import.meta.url))
/** What a process used in all, as its last line on standard error. */
const TELL = `data:text/javascript,${encodeURIComponent(
  'process.on("exit",()=>{const{userCPUTime:u,systemCPUTime:s,maxRSS:m}=process.resourceUsage();process.stderr.write("\\n"+JSON.stringify({cpuSeconds:(u+s)/1e6,rss:m*1024}))})',
)}`

/**
 * Seals so many audit events, and has `assay verify` check them in a process of its own.
 * @param use what else is done with the log (its tiles, entries and checkpoint; the whole data directory) before it is removed
 */
export const verifySealed = async (
  dir: string,
  leaves: number,
  devices: number,
  use: (directory: string, data: string) => Promise<void>,
): Promise<Checked> => {
  const data = mkdtempSync(join(dir, "assay-whole-"))
  const keys = mkdtempSync(join(dir, "assay-keys-"))
  try {
    const log = await openEmbedded({ dir: data, partitions: 1 })
    const names = devicesOf(devices)
    for (let from = 0; from < leaves; from += AT_ONCE)
      await log.append(
        { stream: STREAMS.audit, partition: 0 },
        decisions(from, Math.min(leaves, from + AT_ONCE), names),
      )
    const sealers = await startSealers(log, data, (cause) => {
      throw cause
    })
    await sealers.settled()
    await sealers.stop()
    await log.close()
    cpSync(join(data, "vkeys"), keys, { recursive: true })
    const began = performance.now()
    const args = ["--import", TELL, MAIN, "verify", data, "--key", keys, "--json"]
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1 << 26 })
    const seconds = (performance.now() - began) / 1000
    if (!stdout.includes(`"size": ${leaves}`))
      throw new Error(`assay verify did not see ${leaves} leaves: ${stdout.slice(0, 500)}`)
    const used = JSON.parse(stderr.slice(stderr.lastIndexOf("\n") + 1)) as Pick<Checked, "cpuSeconds" | "rss">
    await use(logDirectory(data, 0), data)
    return { leaves, seconds, ...used }
  } finally {
    rmSync(data, { recursive: true, force: true })
    rmSync(keys, { recursive: true, force: true })
  }
}

/**
 * Hashes every entry, makes every tile again and compares it with the stored one, then the root with the signed one: what Tessera's fsck
 * does. @throws Error that names the first file that differs
 */
export const checkTree = async (directory: string, key: VerifierKey): Promise<Checked> => {
  const note = await readPublished(directory)
  if (note === null) throw new Error(`${directory} has no checkpoint`)
  const head = openCheckpoint(note, key)
  const tiles = directoryTiles(directory)
  const builder = new TileBuilder()
  const compare = async (entries: ReadonlyArray<Uint8Array>): Promise<void> => {
    for (const { path, bytes } of builder.append(entries)) {
      const tile = tileOf(path)
      // One that is not full may be wider by the end.
      if (tile === null || (tile.width < FULL && builder.frontier.size < head.size)) continue
      const stored = await tiles.read(tile)
      if (stored === null || !equalHash(stored.subarray(0, bytes.length), bytes)) throw new Error(`${path} differs`)
    }
  }
  const measured = await measure(head.size, async () => {
    let step: Array<Uint8Array> = []
    for await (const entry of entriesFrom(tiles, 0, head.size)) {
      step.push(entry)
      if (step.length < AT_ONCE) continue
      await compare(step)
      step = []
    }
    if (step.length > 0) await compare(step)
    if (!equalHash(builder.frontier.root(), head.root)) throw new Error("the entries do not make the signed root")
  })
  return { ...measured, rss: process.resourceUsage().maxRSS * 1024 }
}

const PATH = /^tile\/([0-9]+)\/((?:x[0-9]{3}\/)*[0-9]{3})(?:\.p\/([0-9]+))?$/

/** Null for entries: they are what the tiles are made of. */
const tileOf = (path: string): { level: number; index: number; width: number } | null => {
  const found = PATH.exec(path)
  if (found === null) return null
  const [, level, number, width] = found
  return { level: Number(level), index: Number(number!.replaceAll(/[x/]/g, "")), width: Number(width ?? FULL) }
}
