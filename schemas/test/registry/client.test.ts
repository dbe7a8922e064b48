/** Servers that are no registry, or one that is ill: what no real one can be made to do. */
import { createServer, type RequestListener, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { afterEach, describe, expect, it } from "vitest"
import { type RegistryClient, registryClient, type SchemaRegistryError } from "../../src/registry/index.ts"

let server: Server | null = null
afterEach(() => {
  server?.close()
  server?.closeAllConnections()
})

const SCHEMA = '{"type":"record","name":"A","fields":[]}'
/** One question of each kind: asked by ourselves, and two by the package. */
const QUESTIONS = {
  latest: (client: RegistryClient) => client.latest("s"),
  find: (client: RegistryClient) => client.find("s", SCHEMA),
  register: (client: RegistryClient) => client.register("s", SCHEMA),
} as const
type Question = keyof typeof QUESTIONS

const askOf = async (listener: RequestListener, question: Question, callMs = 30_000): Promise<unknown> => {
  const listening = createServer(listener)
  server = listening
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve))
  const url = `http://127.0.0.1:${(listening.address() as AddressInfo).port}`
  return QUESTIONS[question](registryClient({ url, user: null, password: null }, callMs))
}
const errorOf = (listener: RequestListener, question: Question, callMs?: number): Promise<SchemaRegistryError> =>
  askOf(listener, question, callMs).then(
    () => expect.unreachable(),
    (error: SchemaRegistryError) => error,
  )
const answer =
  (status: number, body: string): RequestListener =>
  (_, response) => {
    response.writeHead(status, { "content-type": "text/html" }).end(body)
  }

/** What it says of the level is in order; the rest is for `listener`. */
const withLevel =
  (listener: RequestListener): RequestListener =>
  (request, response) =>
    request.url === "/config/s"
      ? response.writeHead(200).end('{"compatibilityLevel":"BACKWARD"}')
      : listener(request, response)

describe.each(Object.keys(QUESTIONS) as ReadonlyArray<Question>)("asked by %s, a registry that", (question) => {
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
    ["says nothing", answer(200, "")],
    ["says null", answer(200, "null")],
    ["gives an id that cannot be one", answer(200, '{"id":-1,"version":1,"schema":"{}"}')],
    ["sends elsewhere", (_, response) => response.writeHead(302, { location: "http://127.0.0.1:1/" }).end()],
  ])("%s is unavailable, and says which setting names it", async (_, listener) => {
    for (const whole of question === "register" ? [listener, withLevel(listener)] : [listener]) {
      const error = await errorOf(whole, question, 300)
      expect(error.code).toBe("unavailable")
      expect(error.message).toContain("SCHEMA_REGISTRY_URL")
      server?.closeAllConnections()
      server?.close()
    }
  })

  it.each([401, 403])("answers %i wants other credentials", async (status) => {
    const error = await errorOf(answer(status, "no"), question)
    expect(error.code).toBe("refused")
    expect(error.message).toContain("SCHEMA_REGISTRY_USER and SCHEMA_REGISTRY_PASSWORD")
  })
})

it.each(["latest", "find"] as const)("%s is null where the registry has none such", async (question) => {
  expect(await askOf(answer(404, '{"error_code":40401,"message":"Subject not found"}'), question)).toBeNull()
})

it("an answer without the schema is none", async () => {
  expect((await errorOf(answer(200, '{"id":1,"version":1}'), "latest")).code).toBe("unavailable")
})

it("an answer without end is cut off before it fills the memory", async () => {
  let sent = 0
  const flood: RequestListener = (_, response) => {
    response.writeHead(200)
    const chunk = Buffer.alloc(1 << 16, 32)
    const more = (): void => {
      while (!response.destroyed && response.write(chunk)) sent += chunk.length
    }
    response.on("drain", more).on("error", () => undefined)
    more()
  }
  const error = await errorOf(flood, "latest", 30_000)
  expect(error.message).toContain("is over 4194304 bytes")
  expect(sent).toBeLessThan(64 << 20)
})

it("what it refuses to register is incompatible, with its own words", async () => {
  const error = await errorOf(withLevel(answer(409, '{"error_code":409,"message":"breaks readers"}')), "register")
  expect(error.code).toBe("incompatible")
  expect(error.message).toContain("breaks readers")
})
