/** Challenges from a node over real HTTP, as an adapter asks for them. */
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { UnavailableError } from "@assay/log"
import * as Redacted from "effect/Redacted"
import { afterEach, expect, it } from "vitest"
import { accessFor, parseTokens } from "../../src/http/access.ts"
import { enrolmentRoutes } from "../../src/http/routes/enrolment.ts"
import type { RunningServer } from "../../src/http/server.ts"
import { startServer } from "../../src/http/server.ts"
import { challengesFrom } from "../../src/relay/challenge.ts"

const TOKEN = "t".repeat(32)
const DID = "did:key:z6MkExample"
const EXPIRES = Date.UTC(2026, 10, 29)

class Refused extends Error {
  readonly status: number
  readonly code: string
  constructor(status: number, code: string) {
    super(`refused: ${code}`)
    this.status = status
    this.code = code
  }
}

let node: RunningServer | null = null
let other: Server | null = null
afterEach(async () => {
  await node?.close()
  other?.close()
  node = null
  other = null
})

/** A node whose tokens give these rights. */
const nodeWith = async (rights: string, refusal: Refused | null = null): Promise<URL> => {
  const { createHash } = await import("node:crypto")
  const tokens = parseTokens(`mqtt:${rights}:${createHash("sha256").update(TOKEN).digest("hex")}`)
  node = await startServer({
    host: "127.0.0.1",
    port: 0,
    access: accessFor("127.0.0.1", tokens, []),
    routes: enrolmentRoutes({
      challenge: async (device, key) => {
        if (refusal !== null) throw refusal
        return { challenge: `${device} ${key}`, expires: EXPIRES }
      },
      begin: async () => {
        throw new Error("nobody begins here")
      },
      finish: async () => {
        throw new Error("nobody finishes here")
      },
      release: async () => {
        throw new Error("nobody frees anything here")
      },
    }),
    onRefused: () => undefined,
    onProblem: () => undefined,
  })
  return new URL(node.url)
}
const token = Redacted.make(TOKEN)

it("gives the node's challenge to whoever may submit", async () => {
  const ask = challengesFrom({ url: await nodeWith("relay+submit"), token })
  expect(await ask(DID, "key")).toEqual({ challenge: `${DID} key`, expires: "2026-11-29T00:00:00.000Z" })
})

it("gives the device what it can change, and keeps the rest from it", async () => {
  const malformed = challengesFrom({
    url: await nodeWith("submit", new Refused(400, "enrolment.malformed")),
    token,
  })
  expect(await malformed(DID, "key")).toEqual({ error: "enrolment.malformed", message: "refused: enrolment.malformed" })
  await node!.close()
  const closed = challengesFrom({ url: await nodeWith("submit", new Refused(503, "enrolment.not_named")), token })
  await expect(closed(DID, "key")).rejects.toThrow(UnavailableError)
  await expect(closed(DID, "key")).rejects.toThrow("makes no challenge (503): refused: enrolment.not_named")
})

it("says which right is missing, and where no node answers", async () => {
  const ask = challengesFrom({ url: await nodeWith("relay"), token })
  await expect(ask(DID, "key")).rejects.toThrow("(403): mqtt lacks the right to submit")
  const nowhere = challengesFrom({ url: new URL("http://127.0.0.1:1"), token: null })
  await expect(nowhere(DID, "key")).rejects.toThrow("no node answers at http://127.0.0.1:1")
})

it("takes nothing for a challenge that is none, and waits for no answer for ever", async () => {
  other = createServer((request, answer) => {
    if (request.url === "/v1/challenges" && request.headers["x-hang"] === undefined) answer.end('{"challenge":7}')
  })
  await new Promise<void>((resolve) => other!.listen(0, "127.0.0.1", resolve))
  const url = new URL(`http://127.0.0.1:${(other.address() as AddressInfo).port}`)
  await expect(challengesFrom({ url, token: null })(DID, "key")).rejects.toThrow("it gives no reason")
  other.removeAllListeners("request")
  other.on("request", () => undefined)
  await expect(challengesFrom({ url, token: null, timeoutMs: 50 })(DID, "key")).rejects.toThrow("no node answers")
  other.closeAllConnections()
})
