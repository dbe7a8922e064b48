/** The witness and the client of transparency-dev, in Go: the protocol is the ecosystem's, in both directions. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import {
  buildConsistency,
  decodeVkey,
  encodeVkey,
  encodeWitnessKey,
  formatAddCheckpoint,
  nodesOf,
  openCosigned,
  witnessKey,
} from "@assay/transparency"
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest"
import { startCosigning } from "../src/index.ts"
import { History, LOG, openWitness, policyOf } from "./plant.ts"

const here = join(import.meta.dirname, "go")

/** Null where Go can be used; else why not. */
const missing = ((): string | null => {
  if (spawnSync("go", ["version"]).error !== undefined) return "go is not installed"
  const module = spawnSync("go", ["mod", "download"], { cwd: here, timeout: 60_000 })
  return module.status === 0 ? null : "github.com/transparency-dev/witness cannot be downloaded"
})()
if (missing !== null) console.warn(`SKIPPED: witnesses were NOT tried with Go's implementation, because ${missing}`)

describe.skipIf(missing !== null)("the witness protocol, with Go on the other side", () => {
  const work = mkdtempSync(join(tmpdir(), "witness-go-"))
  const binary = join(work, "witness")
  beforeAll(() => execFileSync("go", ["build", "-o", binary, "."], { cwd: here }), 300_000)
  afterAll(() => rmSync(work, { recursive: true, force: true }))

  it("a witness of Go cosigns our checkpoints, from the first and from one to the next", async () => {
    const child: ChildProcess = spawn(binary, ["serve", encodeVkey(LOG)], { stdio: ["pipe", "pipe", "inherit"] })
    onTestFinished(() => void child.stdin!.end())
    const [line] = (await once(child.stdout!, "data")) as [Buffer]
    const [url, vkey] = line.toString().trim().split(" ")
    const { name, publicKey } = decodeVkey(vkey!)
    const policy = policyOf([["go", encodeWitnessKey(witnessKey(name, publicKey)), url!]], "all")
    const history = new History()
    const problems: Array<string> = []
    const cosigning = startCosigning({
      logs: [
        {
          key: LOG,
          tiles: history,
          published: async () => (history.note === "" ? null : history.note),
          kept: async () => null,
          keep: async (note) => {
            history.cosigned = note
          },
        },
      ],
      policy,
      intervalMs: 3_600_000,
      onProblem: (text) => void problems.push(text),
    })
    for (const count of [1, 6, 300, 5_000]) {
      await history.grow(count)
      await cosigning.round()
      expect(openCosigned(history.cosigned!, LOG, policy)).toMatchObject({
        head: { size: history.size },
        cosigned: [{ name: "go" }],
      })
    }
    expect(problems).toEqual([])
    // A second history of the same key: Go's witness refuses it as ours does.
    const other = new History()
    await other.grow(history.size + 3, "forged")
    Object.assign(history, { files: other.files, note: other.note, cosigned: null })
    await cosigning.round()
    await cosigning.stop()
    expect(history.cosigned).toBeNull()
    expect(problems.join()).toContain("answers 422")
  })

  it("a client of Go gets our cosignature, which Go's note verifies; and hears what is refused", async () => {
    const own = await openWitness("ours", undefined, Date.now)
    const url = await own.serve()
    const history = new History()
    const ask = async (old: number): Promise<string> => {
      const proof = await buildConsistency(nodesOf(history, history.size), old, history.size)
      const input = formatAddCheckpoint({ old, proof, checkpoint: history.note })
      const child = spawn(binary, ["ask", url, own.vkey, encodeVkey(LOG)])
      let said = ""
      for (const stream of [child.stdout, child.stderr])
        stream.on("data", (bytes: Buffer) => (said += bytes.toString()))
      child.stdin.end(input)
      await once(child, "close")
      return said.trim()
    }
    await history.grow(3)
    expect(await ask(0)).toBe("ok plant.example/audit/audit.events.v1/0/1 witness.example/ours")
    await history.grow(500)
    expect(await ask(3)).toContain("ok ")
    expect(await ask(3)).toContain("(503)")
  })
})
