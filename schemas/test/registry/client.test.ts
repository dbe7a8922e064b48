/** Servers that are no registry, or one that is ill: what no real one can be made to do. */
import { createServer, type RequestListener, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { afterEach, describe, expect, it } from "vitest"
import { registryClient, type SchemaRegistryError } from "../../src/registry/index.ts"

let server: Server | null = null
afterEach(() => {
  server?.close()
  server?.closeAllConnections()
})

const errorOf = async (listener: RequestListener): Promise<SchemaRegistryError> => {
  const listening = createServer(listener)
  server = listening
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve))
  const url = `http://127.0.0.1:${(listening.address() as AddressInfo).port}`
  return registryClient({ url, user: null, password: null }, 300)
    .latest("s")
    .then(
      () => expect.unreachable(),
      (error: SchemaRegistryError) => error,
    )
}
const answer =
  (status: number, body: string): RequestListener =>
  (_, response) => {
    response.writeHead(status, { "content-type": "text/html" }).end(body)
  }

describe("a registry that", () => {
  it.each<[string, RequestListener]>([
    ["never answers", () => undefined],
    [
      "never ends its answer",
      (_, response) => {
        response.writeHead(200)
        const more = setInterval(() => response.write(" "), 20)
        response.once("close", () => clearInterval(more))
      },
    ],
    ["cuts the line", (request) => void request.socket.destroy()],
    ["is overloaded", answer(429, "later")],
    ["is broken", answer(500, "<html>")],
    ["is a portal", answer(200, "<html>log in</html>")],
    ["gives an id that cannot be one", answer(200, '{"id":-1,"version":1,"schema":"{}"}')],
    ["gives no schema", answer(200, '{"id":1,"version":1}')],
  ])("%s is unavailable, and says which setting names it", async (_, listener) => {
    const error = await errorOf(listener)
    expect(error.code).toBe("unavailable")
    expect(error.message).toContain("SCHEMA_REGISTRY_URL")
  })

  it.each([401, 403])("answers %i wants other credentials", async (status) => {
    const error = await errorOf(answer(status, "no"))
    expect(error.code).toBe("refused")
    expect(error.message).toContain("SCHEMA_REGISTRY_USER and SCHEMA_REGISTRY_PASSWORD")
  })
})
