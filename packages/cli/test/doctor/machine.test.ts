import { createServer, type Server } from "node:http"
import { readConfiguration } from "@assay/node"
import { expect, it, onTestFinished } from "vitest"
import { configurationFinding, diskFinding, nodeFinding, portFinding } from "../../src/doctor/machine.ts"

it.each([
  ["24.20.9", "fail"],
  ["22.99.0", "fail"],
  ["24.21.0", "ok"],
  ["25.0.0", "ok"],
])("Node %s: %s", (version, state) => expect(nodeFinding(version).state).toBe(state))

it("names the key that is wrong, and tokens that go over plain HTTP", () => {
  expect(configurationFinding({ ASSAY_HTTP_PORT: "x" }).findings).toMatchObject([
    { state: "fail", found: expect.stringContaining("ASSAY_HTTP_PORT") },
  ])
  const bare = { ASSAY_HTTP_HOST: "0.0.0.0", ASSAY_HTTP_TOKENS: `me:submit:${"0".repeat(64)}` }
  expect(configurationFinding(bare).findings).toMatchObject([
    { state: "ok" },
    { state: "warn", found: "no TLS", cure: expect.stringContaining("ASSAY_HTTP_TLS_CERT") },
  ])
})

/** Something that listens, and answers any call so; junk where `body` is none. */
const listening = async (status: number, body: string): Promise<number> => {
  const server: Server = createServer((_request, response) => response.writeHead(status).end(body))
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  onTestFinished(async () => {
    await new Promise((resolve) => server.close(resolve))
  })
  return (server.address() as { port: number }).port
}

it.each([
  ["something else listens", 200, "hello", true, "fail", "free the port"],
  ["a node on another directory", 200, '{"status":"ready"}', false, "fail", "another data directory"],
  ["our node, not ready", 503, '{"status":"waiting","reason":"no bundle"}', true, "warn", "look at its log"],
])("a port on which %s", async (_what, status, body, running, state, cure) => {
  const config = readConfiguration({ ASSAY_HTTP_PORT: String(await listening(status, body)) })
  expect(await portFinding(config, running)).toMatchObject({ state, cure: expect.stringContaining(cure) })
})

it("a port that our ready node has, and a free one, are well", async () => {
  const port = String(await listening(200, '{"status":"ready"}'))
  expect((await portFinding(readConfiguration({ ASSAY_HTTP_PORT: port }), true)).state).toBe("ok")
  expect((await portFinding(readConfiguration({ ASSAY_HTTP_PORT: "0" }), true)).state).toBe("ok")
})

const GIB = 2 ** 30

it.each([
  [0.9 * GIB, 1, "fail"],
  [5 * GIB, 100, "warn"],
  [50 * GIB, 100, "ok"],
])("%d bytes free of %d GiB: %s", (free, gib, state) =>
  expect(diskFinding("/data", () => ({ at: "/data", free, all: gib * GIB })).state).toBe(state),
)

it("looks at the disk that holds the directory, or will", () => {
  expect(diskFinding("/no/such/directory").found).toMatch(/ GiB free at \/$|^.* GiB free at \/, /)
})
