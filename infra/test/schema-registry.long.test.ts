/** The local registry by its commands, as a user calls them. */
import { execFile } from "node:child_process"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { skipsRegistry } from "@assay/testkit/registry"
import { afterAll, describe, expect, it } from "vitest"

const skip = await skipsRegistry("infra/test/schema-registry.long.test.ts")
const dir = mkdtempSync(join(tmpdir(), "assay-registry-up-"))

const run = (file: string, args: ReadonlyArray<string>): Promise<{ code: number; out: string; err: string }> =>
  new Promise((resolve) => {
    const script = fileURLToPath(new URL(`../schema-registry/${file}.ts`, import.meta.url))
    execFile(process.execPath, [script, ...args, "--data", join(dir, "data")], (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    )
  })

afterAll(async () => {
  await run("down", ["--wipe"])
  rmSync(dir, { recursive: true, force: true })
})

describe.skipIf(skip)("the local registry", () => {
  it("comes up, is found again, goes down, and forgets only on request", { timeout: 180_000 }, async () => {
    const server = createServer()
    const port = await new Promise<number>((resolve) =>
      server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port)),
    )
    const taken = await run("up", ["--port", String(port)])
    expect(taken).toMatchObject({ code: 2, out: "" })
    expect(taken.err).toContain(`port ${port} is taken`)
    await new Promise((resolve) => server.close(resolve))

    const up = await run("up", ["--port", String(port), "--json"])
    expect(up.code).toBe(0)
    const { url, pid } = JSON.parse(up.out) as { url: string; pid: number }
    const register = await fetch(`${url}/subjects/s/versions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"schema":"\\"string\\""}',
    })
    const { id } = (await register.json()) as { id: number }
    expect(JSON.parse((await run("up", ["--port", String(port), "--json"])).out)).toMatchObject({ pid })

    expect((await run("down", [])).out).toContain("has stopped")
    expect((await run("down", [])).out).toContain("no registry runs there")
    await run("up", ["--port", String(port)])
    expect(await (await fetch(`${url}/subjects/s/versions/1`)).json()).toMatchObject({ id })
    await run("down", ["--wipe"])
    expect(existsSync(join(dir, "data"))).toBe(false)
  })
})
