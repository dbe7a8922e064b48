/** What `assay submit` says while a node cannot take messages, and what it claims at the end. */
import { createServer, type Server, type ServerResponse } from "node:http"
import { tmpdir } from "node:os"
import { assay, type Done } from "@assay/testkit/cli"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

/** A JWS, whatever it says. */
const MESSAGE = `eyJhbGciOiJFZDI1NTE5In0.e30.${"A".repeat(86)}\n`
const UNAVAILABLE = { error: "log.unavailable", message: "the log does not answer" }
const QUOTA = { error: "http.quota", message: "over its quota" }

type Answer = (response: ServerResponse, call: number) => void

const answer = (response: ServerResponse, status: number, body: object): void => {
  response.writeHead(status, { "content-type": "application/json", "retry-after": "0" }).end(JSON.stringify(body))
}
const origins = (count: number) => Array.from({ length: count }, (_, offset) => ({ epoch: 1, partition: 0, offset }))

/** By the path's first part: how the node behaves. */
const NODES: Readonly<Record<string, Answer>> = {
  late: (response, call) =>
    call === 1 ? answer(response, 503, UNAVAILABLE) : answer(response, 202, { accepted: 2, origins: origins(2) }),
  away: (response) => answer(response, 503, UNAVAILABLE),
  busy: (response) => answer(response, 429, QUOTA),
  half: (response, call) =>
    call === 1
      ? answer(response, 503, { ...UNAVAILABLE, accepted: 1, origins: origins(1) })
      : void response.socket?.destroy(),
}

let server: Server
let port = 0
let calls: Record<string, number> = {}

beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume().once("end", () => {
      const name = request.headers.authorization?.replace("Bearer ", "") ?? ""
      calls = { ...calls, [name]: (calls[name] ?? 0) + 1 }
      NODES[name]?.(response, calls[name]!)
    })
  })
  port = await new Promise<number>((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port))
  })
})
afterAll(() => server.close())

const submit = (name: string): Promise<Done> =>
  assay(["submit", "-", "--token", name], {
    cwd: tmpdir(),
    env: { ASSAY_URL: `http://127.0.0.1:${port}` },
    input: MESSAGE + MESSAGE,
  })
const lastLine = ({ err }: Done): string => err.trimEnd().split("\n").at(-1) ?? ""

describe("assay submit", () => {
  it("says that it tries again, and why", async () => {
    expect(await submit("late")).toEqual({
      code: 0,
      out: "1/0/0\n1/0/1\n",
      err: "the node cannot take more now (503 log.unavailable: the log does not answer); next try 1 of 20 in 0 s\n",
    })
  })

  it("claims at the end only what is known", async () => {
    const [away, busy, half] = [await submit("away"), await submit("busy"), await submit("half")]
    expect(calls).toMatchObject({ away: 21, busy: 21, half: 2 })
    expect([away.code, busy.code, half.code]).toEqual([3, 3, 3])
    expect(lastLine(away)).toContain("no message is known to be taken: send all again")
    expect(lastLine(away)).not.toContain("nothing was taken")
    // Refused before anything was written.
    expect(lastLine(busy)).toMatch(/429 http\.quota.*; nothing was taken$/)
    expect(lastLine(half)).toMatch(
      /broke .*1 messages were taken before it, the last as 1\/0\/0: send all behind it again/,
    )
    expect(half.out).toBe("1/0/0\n")
  })
})
