/**
 * `npm run bench:log`: a log of 100 million leaves, simulated: what it takes on the disk, how long a proof takes to make and to check,
 * how much memory. The entries are not written, as in a log that was pruned, but with `--tree`. `--verify` has `assay verify` check a
 * log of so many events that is really sealed.
 */
import { generateKeyPairSync } from "node:crypto"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { table } from "@assay/cli/output"
import { type Command, main } from "@assay/infra/local"
import {
  buildConsistency,
  buildProof,
  decodeVkey,
  encodeVkey,
  keySigner,
  nodesOf,
  openCheckpoint,
  rootAt,
  verifierKey,
  verifyConsistency,
  verifyProof,
} from "@assay/transparency"
import { refuseUnsignedBlocks } from "@assay/transparency/archive"
import { directoryTiles } from "@assay/transparency/storage"
import { describeMachine, machineLine } from "../machine.ts"
import { entryOf, growLarge, ORIGIN } from "./large.ts"
import { perCore } from "./measured.ts"
import { buildTessera, checkByTessera } from "./tessera.ts"
import { type Checked, checkTree, verifySealed } from "./whole.ts"

const SAMPLES = 1000
/** That sealed events are of. */
const DEVICES = 1000

/** Milliseconds: the median, and what one in a hundred exceeds. */
interface Times {
  readonly median: number
  readonly p99: number
}

const timesOf = async (count: number, work: (nth: number) => Promise<void> | void): Promise<Times> => {
  const times: Array<number> = []
  for (let nth = 0; nth < count; nth++) {
    const start = performance.now()
    await work(nth)
    times.push(performance.now() - start)
  }
  times.sort((a, b) => a - b)
  return { median: times[count >> 1]!, p99: times[Math.floor(count * 0.99)]! }
}

/** Spread over the log, and the same in every run. */
const places = (leaves: number): ReadonlyArray<number> =>
  Array.from({ length: SAMPLES }, (_, nth) => Math.floor(((nth * 0.618_033_988_749_895) % 1) * leaves))

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(2)} GB`
const shown = ({ median, p99 }: Times): string => `${median.toFixed(3)} ms (p99 ${p99.toFixed(3)})`

/** @param all leaves of the large log, for which the time is reckoned where fewer were checked */
const checkedText = (checked: Checked, all: number): string => {
  const { leaves, seconds, cpuSeconds, rss } = checked
  const rate = perCore(checked)
  const more = leaves === all ? "" : `; ${all} leaves would take ${(all / rate / 60).toFixed(0)} min of CPU`
  return `${seconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} s of CPU (${rate.toFixed(0)} leaves/s of one core), ${(rss / 1e6).toFixed(0)} MB${more}`
}

const bench: Command = {
  name: "bench:log",
  summary: "Simulates a log of very many leaves: its size, time to prove and to verify, memory.",
  options: {
    leaves: {
      type: "string",
      value: "N",
      default: "100000000",
      help: "of the log; it needs 33 bytes of disk for each",
    },
    tree: { type: "boolean", help: "make the whole tree again from its entries too, and by Tessera's fsck: minutes" },
    verify: {
      type: "string",
      value: "N",
      default: "0",
      help: "seal N audit events and verify all of them by assay verify; what the log above would take is reckoned from it",
    },
    dir: { type: "string", value: "DIR", help: "where it lies (default: the directory for temporary files)" },
  },
  async run(given, progress) {
    const leaves = given.whole("leaves", SAMPLES, 1_000_000_000)
    const sealed = given.whole("verify", 0, 100_000_000)
    const isWhole = given.flag("tree")
    const machine = describeMachine(null)
    const dir = mkdtempSync(join(given.text("dir") || tmpdir(), "bench-log-"))
    try {
      const signer = keySigner(generateKeyPairSync("ed25519").privateKey)
      const key = verifierKey(ORIGIN, signer.publicKey)
      const grown = await growLarge(
        dir,
        leaves,
        signer,
        (count) => {
          if (count % (1 << 24) === 0) progress(`${count} leaves`)
        },
        isWhole,
      )
      const tiles = directoryTiles(dir)
      const head = openCheckpoint(grown.checkpoint, key)
      const at = places(leaves)
      const proofs: Array<string> = []
      // Each with nothing read before, as a command makes it; the operating system may have the files.
      const prove = await timesOf(SAMPLES, async (nth) => {
        proofs.push(await buildProof(at[nth]!, grown.checkpoint, tiles))
      })
      const verify = await timesOf(SAMPLES, (nth) => void verifyProof(proofs[nth]!, entryOf(at[nth]!), key))
      const earlier: Array<{ size: number; root: Uint8Array; proof: ReadonlyArray<Uint8Array> }> = []
      const roots = await timesOf(SAMPLES, async (nth) => {
        const size = at[nth]! + 1
        earlier.push({ size, root: await rootAt(nodesOf(tiles, leaves), size), proof: [] })
      })
      const consistency = await timesOf(SAMPLES, async (nth) => {
        const { size, root } = earlier[nth]!
        earlier[nth] = { size, root, proof: await buildConsistency(nodesOf(tiles, leaves), size, leaves) }
      })
      const continued = await timesOf(SAMPLES, (nth) => {
        const { size, root, proof } = earlier[nth]!
        if (!verifyConsistency(size, root, leaves, head.root, proof)) throw new Error(`no proof leads from ${size}`)
      })
      const blocks = await timesOf(1, () => refuseUnsignedBlocks(tiles, head))
      const rss = process.resourceUsage().maxRSS * 1024
      const built = isWhole || sealed > 0 ? buildTessera(dir, "./fsck") : { missing: "it was not asked for" }
      const whole: Array<readonly [string, Checked]> = []
      const fsck = (name: string, directory: string, vkey: string, size: number): void => {
        if ("program" in built) whole.push([name, checkByTessera(built.program, directory, vkey, size)])
      }
      if (isWhole) {
        progress("the whole tree")
        whole.push(["the tree made again from all entries", await checkTree(dir, key)])
        fsck("the same by Tessera's fsck", dir, encodeVkey(key), leaves)
      }
      if (sealed > 0) {
        progress(`${sealed} events are sealed, and verified`)
        const verified = await verifySealed(dir, sealed, DEVICES, async (directory, data) => {
          const vkey = readFileSync(join(data, "vkeys", "p000.vkey"), "utf8").trim()
          whole.push([`the tree of ${sealed} sealed events, made again`, await checkTree(directory, decodeVkey(vkey))])
          fsck("the same by Tessera's fsck", directory, vkey, sealed)
        })
        whole.push([`assay verify over ${sealed} sealed events`, verified])
      }
      const proofBytes = Math.max(...proofs.map(({ length }) => length))
      const value = {
        machine,
        leaves,
        ...grown,
        prove,
        verify,
        roots,
        consistency,
        continued,
        blocks,
        rss,
        proofBytes,
        whole: Object.fromEntries(whole),
        ...("missing" in built ? { tessera: built.missing } : {}),
      }
      return {
        value,
        lines: [
          machineLine(machine),
          table(
            [`${leaves} leaves`, ""],
            [
              ["hashes on the disk", `${gigabytes(grown.hashBytes)} in ${grown.hashFiles} files`],
              ["entries, which are archived", gigabytes(grown.entryBytes)],
              ["to prove a leaf", shown(prove)],
              ["to verify that", shown(verify)],
              ["the largest proof", `${proofBytes} bytes`],
              ["the root at an earlier size", shown(roots)],
              ["to prove that the log continues an earlier size", shown(consistency)],
              ["to verify that", shown(continued)],
              ["to compare all blocks of 256 with the signed root", `${(blocks.median / 1000).toFixed(1)} s`],
              ["memory at most (RSS)", `${(rss / 1e6).toFixed(0)} MB`],
              ...whole.map(([name, checked]) => [name, checkedText(checked, leaves)] as const),
            ],
          ),
        ],
      }
    } finally {
      rmSync(dir, { recursive: true, force: true })
    }
  },
}

if (import.meta.main) await main(bench)
