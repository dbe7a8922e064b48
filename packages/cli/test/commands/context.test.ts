/** `assay context`: kept, chosen, and counted by other commands; a token goes to its own node and to no other. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assay, type Done } from "@assay/testkit/cli"
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest"

const STEP_MS = 60_000
let cwd = ""
const servers: Array<Server> = []
/** What each node was shown, by its URL. */
const shown = new Map<string, Array<string | undefined>>()

const startNode = async (): Promise<string> => {
  const server = createServer((request, answer) => {
    shown.get(url)!.push(request.headers.authorization)
    answer.statusCode = 200
    answer.setHeader("content-type", "application/json")
    answer.end(JSON.stringify({ adapters: [] }))
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  shown.set(url, [])
  servers.push(server)
  return url
}

beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), "assay-context-"))
  writeFileSync(join(cwd, "token"), "of-the-plant\n", { mode: 0o600 })
})
afterAll(() => {
  for (const server of servers) server.close()
  rmSync(cwd, { recursive: true, force: true })
})
beforeEach(() => rmSync(join(cwd, "config"), { recursive: true, force: true }))

const call = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}): Promise<Done> =>
  assay(args, { cwd, env: { ASSAY_CONFIG_DIR: "config", ...env } })
const PLANT = { ASSAY_CONTEXT: "plant" }

it("is added, used, listed and removed", { timeout: STEP_MS }, async () => {
  expect(await call(["context", "add", "plant", "--url", "http://one:1", "--prefix", "p."])).toMatchObject({
    code: 0,
    err: "",
    out: "plant is in use\n",
  })
  expect(await call(["context", "add", "other", "--data", "data"])).toMatchObject({ code: 0 })
  expect(await call(["context", "use", "other"])).toMatchObject({ code: 0 })
  const { out } = await call(["context", "list", "--json"], { ASSAY_CONTEXT: "other" })
  expect(JSON.parse(out)).toEqual({
    current: "other",
    contexts: { plant: { url: "http://one:1", prefix: "p." }, other: { data: join(cwd, "data") } },
    file: "config/contexts.json",
  })
  expect(statSync(join(cwd, "config/contexts.json")).mode & 0o777).toBe(0o600)
  expect(await call(["context", "remove", "other"])).toMatchObject({ out: "other is removed; no context is in use\n" })
  expect((await call(["context", "list"], PLANT)).out).toMatch(/^\* {2}plant {2}--url http:\/\/one:1 --prefix p\.$/m)
})

it("sends its token to its node, and to no other", { timeout: STEP_MS }, async () => {
  const [ours, theirs] = [await startNode(), await startNode()]
  expect(await call(["context", "add", "plant", "--url", ours, "--token-file", "token"])).toMatchObject({ code: 0 })
  expect(await call(["ingress", "status"], PLANT)).toMatchObject({ code: 0 })
  expect(await call(["ingress", "status", "--token", "mine"], PLANT)).toMatchObject({ code: 0 })
  expect(await call(["ingress", "status", "--url", theirs], PLANT)).toMatchObject({ code: 0 })
  expect(await call(["ingress", "status"], { ...PLANT, ASSAY_URL: theirs })).toMatchObject({ code: 0 })
  expect(shown.get(ours)).toEqual(["Bearer of-the-plant", "Bearer mine"])
  expect(shown.get(theirs)).toEqual([undefined, undefined])
})

it("names the log of commands that read it; none counts for one that starts a node", { timeout: STEP_MS }, async () => {
  await call(["context", "add", "plant", "--data", "nowhere/data"])
  const { code, err } = await call(["tail", "audit"], PLANT)
  expect([code, err]).toEqual([2, expect.stringContaining(`no Assay data directory at ${join(cwd, "nowhere/data")}`)])
  expect((await call(["tail", "audit"])).err).toContain("no Assay data directory at data:")
  expect((await call(["up"], { ASSAY_CONTEXT: "missing" })).err).toContain("name the directory")
})

it.each<[string, ReadonlyArray<string>, string]>([
  ["nothing", ["add", "x"], "give --url, --brokers or --data"],
  ["a name that is none", ["add", "a/b", "--url", "http://n"], "a context's name"],
  ["no name", ["use"], "takes the name of a context"],
  ["a URL that is none", ["add", "x", "--url", "plant"], "not plant"],
  ["a token that is not there", ["add", "x", "--url", "http://n", "--token-file", "no"], "cannot be read"],
  ["brokers elsewhere without authentication", ["add", "x", "--brokers", "kafka.example:9092"], "KAFKA_SASL_MECHANISM"],
  ["a password of nobody", ["add", "x", "--brokers", "127.0.0.1:9092", "--sasl-password-file", "token"], "SASL"],
  ["a context that is not there", ["use", "plnt"], 'no context "plnt"'],
])("refuses %s with exit code 2, and keeps nothing", async (_, args, why) => {
  const { code, err } = await call(["context", ...args])
  expect([code, err]).toEqual([2, expect.stringContaining(why)])
  expect(JSON.parse((await call(["context", "list", "--json"])).out)).toMatchObject({ contexts: {} })
})

it("refuses a second of the same name, and a call under a name that is none", { timeout: STEP_MS }, async () => {
  await call(["context", "add", "plant", "--url", "http://one:1"])
  expect((await call(["context", "add", "plant", "--url", "http://two:2"])).err).toContain("context remove plant")
  const wrong = await call(["ingress", "status"], { ASSAY_CONTEXT: "plnt" })
  expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining("did you mean plant?")])
})
