/**
 * `npm run bench:sets`: what it costs to bring the set of enrolled devices into the anchor log: the first time, where some devices came
 * and went since the last time, where nothing changed, after a restart; and beside it what making the tree anew costs.
 */
import { generateKeyPairSync } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Anchoring, AnchorLog } from "@assay/anchor"
import { MemberSet } from "@assay/anchor/members"
import { type Command, main } from "@assay/infra/local"
import { keySigner, verifierKey } from "@assay/transparency"
import { describeMachine, machineLine } from "../machine.ts"
import { devicesOf } from "./events.ts"
import { type Timed, timed } from "./measured.ts"

export const bench: Command = {
  name: "bench:sets",
  summary: "Measures what the set of enrolled devices costs at each interval of assay anchor run --identities.",
  options: {
    devices: { type: "string", value: "N", default: "1000000", help: "enrolled" },
    changes: {
      type: "string",
      value: "N",
      default: "1000",
      help: "devices that come, and as many that go, between two rounds",
    },
    dir: { type: "string", value: "DIR", help: "where the log lies (default: the directory for temporary files)" },
  },
  async run(given) {
    const devices = given.whole("devices", 1, 10_000_000)
    const changes = given.whole("changes", 1, devices)
    const machine = describeMachine(null)
    const dir = mkdtempSync(join(given.text("dir") || tmpdir(), "bench-sets-"))
    try {
      const signer = keySigner(generateKeyPairSync("ed25519").privateKey)
      const log = await AnchorLog.open(join(dir, "log"), verifierKey("bench.example/anchor", signer.publicKey))
      const all = devicesOf(devices + changes)
      let enrolled = all.slice(0, devices)
      const open = (): Promise<Anchoring> =>
        Anchoring.open({
          ...{ log, signer, logs: [], anchors: [], intervalMs: 0 },
          identities: { directory: join(dir, "sets"), read: async () => ({ enrolled }) },
        })
      const anchoring = await open()
      const round = async (one: Anchoring, grew: number): Promise<void> => {
        const done = await one.round()
        if (done.grew !== grew || done.problems.length > 0)
          throw new Error(`a round went wrong: ${JSON.stringify(done)}`)
      }
      const first = await timed(() => round(anchoring, 1))
      const unchanged = await timed(() => round(anchoring, 0))
      enrolled = all.slice(changes)
      const changed = await timed(() => round(anchoring, 1))
      const rss = process.resourceUsage().maxRSS * 1024
      let again: Anchoring | null = null
      const restarted = await timed(async () => {
        again = await open()
      })
      const after = await timed(() => round(again!, 0))
      const tree = new MemberSet()
      const anew = await timed(() => {
        tree.update(enrolled)
        return tree.root
      })
      enrolled = all.slice(0, devices)
      const before = tree.hashed
      const treeAlone = await timed(() => {
        tree.update(enrolled)
        return tree.root
      })
      const value = {
        machine,
        devices,
        changes,
        first,
        unchanged,
        changed,
        restarted,
        after,
        anew,
        treeAlone,
        hashed: tree.hashed - before,
        rss,
      }
      const line = (what: string, { seconds, cpuSeconds }: Timed): string =>
        `${what}: ${seconds.toFixed(2)} s, ${cpuSeconds.toFixed(2)} s of CPU`
      return {
        value,
        lines: [
          machineLine(machine),
          `${devices.toLocaleString("en")} devices, of which ${changes.toLocaleString("en")} go between two rounds and as many come`,
          line("the first round", first),
          line("a round in which nothing changed", unchanged),
          line("a round with these changes", changed),
          line("the start of the process", restarted),
          line("the round after it", after),
          line("the tree made anew, in memory", anew),
          `${line("the tree changed, in memory", treeAlone)}; ${value.hashed.toLocaleString("en")} nodes hashed`,
          `memory at most (RSS): ${(rss / 1e6).toFixed(0)} MB`,
        ],
      }
    } finally {
      rmSync(dir, { recursive: true, force: true })
    }
  },
}

if (import.meta.main) await main(bench)
