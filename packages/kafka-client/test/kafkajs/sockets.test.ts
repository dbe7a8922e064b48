/** What is left of an answer when a socket ends is not read into the answers of the next. */
import { once } from "node:events"
import { type AddressInfo, createServer, type Server, type Socket } from "node:net"
import { afterEach, beforeAll, describe, expect, it } from "vitest"
import { Connection, Encoder } from "../../src/kafkajs/private.ts"
import { applyQuirks } from "../../src/kafkajs/quirks.ts"

beforeAll(applyQuirks)
let server: Server | null = null
afterEach(() => void server?.close())

const silent = { debug: () => {}, error: () => {}, info: () => {}, warn: () => {}, namespace: () => silent }

/** An answer on the wire: length, correlation id, body. */
const answer = (correlationId: number, body: string): Buffer => {
  const bytes = Buffer.alloc(8 + body.length)
  bytes.writeInt32BE(4 + body.length, 0)
  bytes.writeInt32BE(correlationId, 4)
  bytes.write(body, 8)
  return bytes
}

/** A server that does with its nth socket what the nth function says. */
const serving = async (...each: ReadonlyArray<(socket: Socket) => void>): Promise<Connection> => {
  let nth = 0
  server = createServer((socket) => each[nth++]!(socket.on("error", () => {})))
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const net = await import("node:net")
  return new Connection({
    ...{ host: "127.0.0.1", port: (server.address() as AddressInfo).port, logger: silent },
    ...{ requestTimeout: 2_000, connectionTimeout: 2_000 },
    socketFactory: ({ host, port, onConnect }: { host: string; port: number; onConnect: () => void }) =>
      net.connect({ host, port }, onConnect),
  })
}

/** The simplest request: what comes back is the body of its answer. */
const ask = (connection: Connection): Promise<string> =>
  (connection as unknown as { send(request: object): Promise<string> }).send({
    request: { apiKey: 3, apiName: "Metadata", apiVersion: 0, encode: async () => new Encoder() },
    response: { decode: async (payload: Buffer) => payload, parse: async (payload: Buffer) => payload.toString() },
  })

describe("a connection of kafkajs", () => {
  it("begins with nothing on each socket", async () => {
    const connection = await serving(
      // Half of an answer, and the end.
      (socket) => socket.once("data", () => socket.end(answer(0, "the whole of it").subarray(0, 11))),
      (socket) => socket.once("data", () => socket.write(answer(1, "the second"))),
    )
    await connection.connect()
    await expect(ask(connection)).rejects.toThrow("Closed connection")
    await connection.connect()
    expect(await ask(connection)).toBe("the second")
    await connection.disconnect()
  })

  it("ends where bytes are no answer, and the process goes on", async () => {
    const connection = await serving((socket) => socket.once("data", () => socket.write(Buffer.of(0, 0, 0, 1, 7))))
    await connection.connect()
    await expect(ask(connection)).rejects.toThrow("the broker's answer cannot be read")
  })
})
