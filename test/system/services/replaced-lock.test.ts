/**
 * The lock of a data directory is deleted under a node and another process opens the directory: from the first write that
 * is refused the node says why it is not ready, and takes nothing more; a process ends.
 */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { SERVICES } from "@assay/cli/services"
import { World } from "@assay/fleet"
import { type OpenNode, openNode } from "@assay/node"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { ServiceProcess } from "./process.ts"

const STEP_MS = 300_000
const world = new World({ seed: "replaced lock", now: Math.floor(Date.now() / 1000) })
let cwd: string
let data: string

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "assay-lock-"))
  data = join(cwd, "data")
})
afterEach(() => rmSync(cwd, { recursive: true, force: true }))

/** Opens the directory in a process of its own, as a second writer, for as long as `work` takes. */
const besideAnother = async (work: () => Promise<void>): Promise<void> => {
  rmSync(join(data, "assay.lock"))
  const script = fileURLToPath(new URL("../../../packages/log/test/embedded/child.ts", import.meta.url))
  const child = spawn(process.execPath, [script, "hold", data], { stdio: ["pipe", "pipe", "inherit"] })
  const exited = once(child, "exit")
  try {
    expect(await once(createInterface({ input: child.stdout }), "line")).toEqual(["opened"])
    await work()
  } finally {
    child.stdin.end()
    await exited
  }
}

const post = async (url: string, path: string, body: string): Promise<readonly [number, unknown]> => {
  const response = await fetch(`${url}${path}`, { method: "POST", body })
  const { error } = (await response.json()) as { readonly error?: unknown }
  return [response.status, error]
}

const readiness = async (url: string): Promise<readonly [number, string | undefined]> => {
  const response = await fetch(`${url}/readyz`)
  return [response.status, ((await response.json()) as { readonly reason?: string }).reason]
}

/** What makes a part of the node write, each on its own. */
const WRITERS: ReadonlyArray<readonly [what: string, write: (url: string) => Promise<unknown>]> = [
  ["a submission", (url) => post(url, "/v1/messages", "a.b.c")],
  ["an operator's command", (url) => post(url, "/v1/admin/control", '{"tokens":["a.b.c"]}')],
  ["a signed item", (url) => post(url, "/v1/admin/knowledge/bundle", Buffer.from(world.signedBundle).toString())],
]

describe("a node whose lock was replaced", () => {
  const problems: Array<string> = []
  const open = (tickMs: number): Promise<OpenNode> =>
    openNode(SERVICES, {
      dir: data,
      partitions: 2,
      roots: world.rootSet,
      topology: "chained",
      tickMs,
      seal: true,
      workers: 0,
      httpPort: 0,
      onProblem: (what, cause) => problems.push(`${what}: ${String(cause)}`),
    })

  it.each(WRITERS)("%s finds out: 503, and not ready with the reason", { timeout: STEP_MS }, async (_, write) => {
    problems.length = 0
    const node = await open(0)
    const url = node.url!
    expect(await readiness(url)).toEqual([200, undefined])
    await besideAnother(async () => {
      expect(await write(url)).toEqual([503, "log.taken"])
      // Every partition is given up with the first, and the answer stays the same.
      for (let n = 0; n < 4; n++) expect(await post(url, "/v1/messages", `a.b.${n}`)).toEqual([503, "log.taken"])
      expect(await readiness(url)).toEqual([503, expect.stringContaining("writes nothing more")])
      await expect(node.ended).rejects.toMatchObject({ _tag: "DataDirError" })
    })
    await node.close()
    expect(problems).toEqual([expect.stringMatching(/data directory.*never delete its lock files/s)])
  })

  it("finds out by its ticks where nobody writes", { timeout: STEP_MS }, async () => {
    problems.length = 0
    const node = await open(50)
    await besideAnother(async () => {
      await expect(node.ended).rejects.toMatchObject({ _tag: "DataDirError" })
      expect(await readiness(node.url!)).toEqual([503, expect.stringContaining("writes nothing more")])
    })
    await node.close()
    expect(problems).toEqual([expect.stringMatching(/data directory.*never delete its lock files/s)])
  })
})

describe("a process whose lock was replaced", () => {
  it("ends with 2 and says once what to do; the second one goes on", { timeout: STEP_MS }, async () => {
    writeFileSync(join(cwd, "roots.json"), JSON.stringify(world.rootSet))
    const env = { ASSAY_WORKERS: "1" }
    const first = new ServiceProcess("identity-resolver", cwd, env)
    await first.listening()
    rmSync(join(data, "assay.lock"))
    const second = new ServiceProcess("identity-resolver", cwd, env)
    const url = await second.listening()
    expect((await first.ended).code).toBe(2)
    const wrong = first.lines.filter(({ level }) => level !== "info").map(({ code }) => code)
    // A runner whose commit was refused may be restored once before all of them end.
    expect(wrong.filter((code) => code !== "runner.restored")).toEqual(["log.taken", "node.failed"])
    expect(await readiness(url)).toEqual([200, undefined])
    expect((await post(url, "/v1/messages", "a.b.c"))[0]).toBe(202)
    expect(await second.stop()).toBe(0)
  })
})
