/** A server that answers too much, too late, or with a redirect gives no answer. */
import { createServer, type RequestListener, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { afterEach, expect, it } from "vitest"
import { callProblem, wholeAnswer } from "../src/whole-answer.ts"

let server: Server | null = null
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

const at = async (listener: RequestListener): Promise<string> => {
  const listening = createServer(listener)
  server = listening
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve))
  return `http://127.0.0.1:${(listening.address() as AddressInfo).port}/`
}
const BOUNDS = { timeoutMs: 30_000, maxBytes: 1_000 }
const problemAt = async (url: string, bounds = BOUNDS): Promise<string> =>
  wholeAnswer(url, {}, bounds).then(() => expect.unreachable(), callProblem)

it("is what the server says, whole", async () => {
  const url = await at((_, response) => void response.writeHead(404).end("a".repeat(1_000)))
  expect(await wholeAnswer(url, {}, BOUNDS)).toMatchObject({ status: 404, body: { length: 1_000 } })
})

it("is none above the bound, after a redirect, too late, or from nobody; and says why", async () => {
  expect(await problemAt(await at((_, response) => void response.end("a".repeat(1_001))))).toBe(
    "the answer has more than 1000 bytes",
  )
  expect(
    await problemAt(await at((_, response) => void response.writeHead(302, { location: "/other" }).end())),
  ).toContain("redirect")
  expect(await problemAt(await at(() => undefined), { ...BOUNDS, timeoutMs: 50 })).toContain("timeout")
  expect(await problemAt("http://127.0.0.1:1/")).toContain("fetch failed: ")
})
