/** A calendar played by a test: it collects digests, and after a while puts the root over them into a block that it makes up. */
import { createServer } from "node:http"
import { onTestFinished } from "vitest"
import { append, apply, SHA256 } from "../../src/ots/operations.ts"
import { formatTimestamp, type Timestamp } from "../../src/ots/timestamp.ts"

export interface TestCalendar {
  readonly url: string
  /** What was handed in, in hex. */
  readonly digests: Array<string>
  readonly asked: Array<string>
  /** Null: it does not answer as a calendar does. */
  mode: "good" | "error" | "garbage"
  /** From now on what is pending is in the block at this height. @returns the Merkle root of it */
  mine(height: number): Uint8Array
}

export const startCalendar = async (): Promise<TestCalendar> => {
  const known = new Set<string>()
  let height: number | null = null
  const calendar: TestCalendar = {
    url: "",
    digests: [],
    asked: [],
    mode: "good",
    mine: (at) => {
      height = at
      const [first] = known
      return apply(SHA256, apply(append(Buffer.from("block")), Buffer.from(first!, "hex")))
    },
  }
  const leaf = (message: Uint8Array, attestations: Timestamp["attestations"]): Timestamp => ({
    message,
    attestations,
    branches: [],
  })
  const chain = (
    message: Uint8Array,
    operations: ReadonlyArray<Parameters<typeof apply>[0]>,
    attestations: Timestamp["attestations"],
  ): Timestamp => {
    const [operation, ...rest] = operations
    if (operation === undefined) return leaf(message, attestations)
    const timestamp = chain(apply(operation, message), rest, attestations)
    return { message, attestations: [], branches: [{ operation, timestamp }] }
  }
  const answer = (method: string, path: string, body: Uint8Array): Uint8Array | null => {
    if (method === "POST" && path === "/digest") {
      calendar.digests.push(Buffer.from(body).toString("hex"))
      const salted = apply(SHA256, apply(append(Buffer.from("salt")), body))
      known.add(Buffer.from(salted).toString("hex"))
      return formatTimestamp(
        chain(body, [append(Buffer.from("salt")), SHA256], [{ kind: "pending", uri: calendar.url }]),
      )
    }
    const name = /^\/timestamp\/([0-9a-f]+)$/.exec(path)?.[1]
    calendar.asked.push(path)
    if (name === undefined || !known.has(name) || height === null) return null
    const message = Buffer.from(name, "hex")
    return formatTimestamp(chain(message, [append(Buffer.from("block")), SHA256], [{ kind: "bitcoin", height }]))
  }
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray())
    const found = answer(request.method!, request.url!, body)
    if (calendar.mode === "error") response.writeHead(503).end()
    else if (calendar.mode === "garbage") response.writeHead(200).end(Buffer.from("<html>"))
    else if (found === null) response.writeHead(404).end("Pending confirmation in Bitcoin blockchain")
    else response.writeHead(200).end(found)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("the calendar has no port")
  return Object.assign(calendar, { url: `http://127.0.0.1:${address.port}` })
}
