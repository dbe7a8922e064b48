/**
 * `npm run bench:log`: a log of 100 million leaves, simulated: what it takes on the disk, how long a proof takes to make and to check,
 * how much memory. The entries are not written, as in a log that was pruned.
 */
import { generateKeyPairSync } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { table } from "@assay/cli/output"
import { type Command, main } from "@assay/infra/local"
import {
  buildConsistency,
  buildProof,
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
import { describeMachine, machineLine } from "../bench/machine.ts"
import { entryOf, growLarge, ORIGIN } from "./large.ts"

const SAMPLES = 1000

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
    dir: { type: "string", value: "DIR", help: "where it lies (default: the directory for temporary files)" },
  },
  async run(given, progress) {
    const leaves = given.whole("leaves", SAMPLES, 1_000_000_000)
    const machine = describeMachine(null)
    const dir = mkdtempSync(join(given.text("dir") || tmpdir(), "bench-log-"))
    try {
      const signer = keySigner(generateKeyPairSync("ed25519").privateKey)
      const key = verifierKey(ORIGIN, signer.publicKey)
      const grown = await growLarge(dir, leaves, signer, (count) => {
        if (count % (1 << 24) === 0) progress(`${count} leaves`)
      })
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
