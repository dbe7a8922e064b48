/** The bounds of connections, bodies and answers on a real server: one request at a time, slow senders, slow readers, a reserve. */
import { once } from "node:events"
import { connect, type Socket } from "node:net"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { accessFor } from "../../src/http/access.ts"
import { HTTP_LIMITS, type HttpLimits } from "../../src/http/limits.ts"
import { piecesOf, readBody } from "../../src/http/request.ts"
import type { Route } from "../../src/http/route.ts"
import { type RunningServer, startServer } from "../../src/http/server.ts"

const LONG = Buffer.alloc(16 << 20, "x")
/** A busy machine is no failure. */
const PATIENT = { timeout: 30_000 }
let server: RunningServer
let served: Array<string> = []
let release: () => void = () => undefined

const ROUTES: ReadonlyArray<Route> = [
  {
    method: "GET",
    path: "/wait",
    right: null,
    handle: async () => {
      served.push("wait")
      await new Promise<void>((resolve) => {
        release = resolve
      })
      return { status: 200, body: {} }
    },
  },
  { method: "GET", path: "/probe", right: null, isProbe: true, handle: () => ({ status: 200, body: {} }) },
  { method: "GET", path: "/long", right: null, handle: () => ({ status: 200, body: LONG }) },
  {
    method: "POST",
    path: "/body",
    right: null,
    handle: async ({ incoming }) => ({ status: 200, body: { bytes: (await readBody(incoming, 8 << 20)).length } }),
  },
  {
    method: "POST",
    path: "/stream",
    right: null,
    handle: async ({ incoming }) => {
      let bytes = 0
      for await (const piece of piecesOf(incoming)) {
        bytes += piece.length
        incoming.held.drop(piece.length)
      }
      return { status: 200, body: { bytes } }
    },
  },
]
const start = async (limits: Partial<HttpLimits>): Promise<void> => {
  server = await startServer({
    host: "127.0.0.1",
    port: 0,
    access: accessFor("127.0.0.1", [], []),
    routes: ROUTES,
    limits: { ...HTTP_LIMITS, ...limits },
    onRefused: () => undefined,
    onProblem: (cause) => {
      throw cause
    },
  })
}
beforeEach(() => {
  served = []
})
afterEach(() => server.close())

const open = async (): Promise<Socket> => {
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1")
  socket.on("error", () => undefined)
  await once(socket, "connect")
  return socket
}
/** All that comes until the connection closes. */
const rest = async (socket: Socket): Promise<string> => {
  let text = ""
  socket.setEncoding("latin1").on("data", (part: string) => {
    text += part
  })
  await once(socket, "close")
  return text
}
const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`
const post = (path: string, length: number): string =>
  `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${length}\r\n\r\n`

describe("one request at a time", () => {
  it("is answered, what came ahead of the answer is not served, and the connection ends", async () => {
    await start({})
    const socket = await open()
    const got = rest(socket)
    socket.write(get("/wait") + get("/wait"))
    await expect.poll(() => served.length, PATIENT).toBe(1)
    release()
    const text = await got
    expect(text.match(/HTTP\/1\.1 200/g)).toHaveLength(1)
    expect(text).toMatch(/connection: close/i)
    expect(served).toEqual(["wait"])
  })

  it("serves the next after the answer, over the same connection", async () => {
    await start({})
    const socket = await open()
    for (let n = 0; n < 3; n++) {
      socket.write(get("/probe"))
      const [answer] = (await once(socket, "data")) as [Buffer]
      expect(answer.toString("latin1")).toMatch(/^HTTP\/1\.1 200/)
    }
    socket.destroy()
  })

  it("closes at once a connection that sends many ahead", async () => {
    await start({})
    const socket = await open()
    const got = rest(socket)
    socket.write(get("/wait").repeat(50))
    expect(await got).toBe("")
    expect(served).toEqual(["wait"])
    release()
  })
})

describe("bodies", () => {
  it("are given up where the sender stops", async () => {
    await start({ bodyIdleMs: 100 })
    for (const path of ["/body", "/stream"]) {
      const socket = await open()
      const got = rest(socket)
      socket.write(`${post(path, 10)}12345`)
      expect(await got).toMatch(/^HTTP\/1\.1 408[\s\S]*http\.slow/)
    }
  })

  it("are refused by their length before they come, and held within the bound: the longest waiting one goes", async () => {
    await start({ heldBytes: 3 << 20 })
    const large = await open()
    const refused = rest(large)
    large.write(post("/body", 9 << 20))
    expect(await refused).toMatch(/^HTTP\/1\.1 413/)
    const held = await open()
    const lost = rest(held)
    held.write(post("/body", 3 << 20))
    held.write(Buffer.alloc(2 << 20))
    // Refused only for as long as the other one is still being read.
    const honest = (): Promise<number> =>
      fetch(`${server.url}/body`, { method: "POST", body: Buffer.alloc(2 << 20) }).then(({ status }) => status)
    await expect.poll(honest, PATIENT).toBe(200)
    expect(await lost).toMatch(/^HTTP\/1\.1 503[\s\S]*http\.busy/)
  })

  it("of any length pass where nothing of them is kept", async () => {
    await start({ heldBytes: 1 << 20 })
    const answer = await fetch(`${server.url}/stream`, { method: "POST", body: Buffer.alloc(5 << 20) })
    expect(await answer.json()).toEqual({ bytes: 5 << 20 })
  })
})

describe("answers", () => {
  it("reach a reader that reads, and are not kept for one that does not", async () => {
    await start({})
    const answer = await fetch(`${server.url}/long`)
    expect((await answer.arrayBuffer()).byteLength).toBe(LONG.length)
    await server.close()
    await start({ sendMs: 200 })
    const socket = await open()
    socket.pause()
    socket.write(get("/long"))
    // Nothing is read here: what tells of the end is that the other side no longer takes anything.
    const poke = setInterval(() => socket.write("x"), 50)
    await new Promise((resolve) => socket.once("close", resolve))
    clearInterval(poke)
    expect(socket.bytesRead).toBeLessThan(LONG.length)
  })
})

describe("connections", () => {
  it("make room: the longest idle one goes", async () => {
    await start({ connections: 2 })
    const idle = await open()
    const gone = once(idle, "close")
    await open()
    expect((await fetch(`${server.url}/probe`)).status).toBe(200)
    await gone
  })

  it("all at work: probes are answered, anything else is asked to come again", async () => {
    await start({ connections: 1, reserve: 1 })
    const busy = await open()
    const done = rest(busy)
    busy.write(get("/wait"))
    await expect.poll(() => served.length, PATIENT).toBe(1)
    for (let n = 0; n < 3; n++) {
      await open() // takes the reserve, and says nothing
      expect((await fetch(`${server.url}/probe`)).status).toBe(200)
    }
    const refused = await fetch(`${server.url}/long`)
    expect(refused.status).toBe(503)
    expect(refused.headers.get("retry-after")).toBe("1")
    expect(await refused.json()).toMatchObject({ error: "http.busy" })
    release()
    busy.end()
    expect(await done).toMatch(/^HTTP\/1\.1 200/)
  })
})
