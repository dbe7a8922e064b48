/** A log has its checkpoints cosigned by k of n witnesses over HTTP, and grows on where they are away. */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { openCosigned, type Policy } from "@assay/transparency"
import { describe, expect, it, onTestFinished } from "vitest"
import { startCosigning } from "../../src/index.ts"
import { History, LOG, NOW, openWitness, policyOf } from "../plant.ts"

/** Nobody listens there. */
const NOWHERE = "http://127.0.0.1:9"

const cosigningOf = (history: History, policy: Policy, now = () => NOW) => {
  const problems: Array<string> = []
  const cosigning = startCosigning({
    logs: [
      {
        key: LOG,
        tiles: history,
        published: async () => (history.note === "" ? null : history.note),
        kept: async () => history.cosigned,
        keep: async (note) => {
          history.cosigned = note
        },
      },
    ],
    policy,
    intervalMs: 3_600_000,
    timeoutMs: 5_000,
    now,
    onProblem: (text) => void problems.push(text),
  })
  onTestFinished(() => cosigning.stop())
  return { cosigning, problems }
}

/** A server that gives the same answer to everything. */
const answering = async (status: number, body: string, type = "text/plain", headers = {}): Promise<string> => {
  const server = createServer((_, response) => {
    response.writeHead(status, { "content-type": type, ...headers })
    response.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe("cosigning", () => {
  it("keeps a checkpoint that two of three witnesses cosigned, one of which is away", async () => {
    const [a, b] = [await openWitness("a"), await openWitness("b")]
    const c = await openWitness("c")
    const policy = policyOf(
      [
        ["a", a.vkey, await a.serve()],
        ["b", b.vkey, await b.serve()],
        ["c", c.vkey, NOWHERE],
      ],
      "2",
    )
    const history = new History()
    await history.grow(5)
    const { cosigning, problems } = cosigningOf(history, policy)
    await cosigning.round()
    expect(cosigning.witnessed()).toEqual([5])
    await history.grow(700)
    await cosigning.round()
    const opened = openCosigned(history.cosigned!, LOG, policy)
    expect(opened).toMatchObject({
      head: { size: 705 },
      cosigned: [
        { name: "a", time: NOW },
        { name: "b", time: NOW },
      ],
    })
    expect(problems).toEqual([expect.stringContaining(NOWHERE)])
    expect(cosigning.counted()).toEqual({ asked: 6, had: 4 })
  })

  it("after a restart asks from where each witness is, and refreshes a head that does not change", async () => {
    const a = await openWitness("a")
    const policy = policyOf([["a", a.vkey, await a.serve()]], "all")
    const history = new History()
    await history.grow(9)
    let time = NOW
    await cosigningOf(history, policy).cosigning.round()
    await history.grow(4)
    const { cosigning, problems } = cosigningOf(history, policy, () => time)
    await cosigning.round()
    expect(cosigning.witnessed()).toEqual([13])
    const before = history.cosigned
    await cosigning.round()
    expect(history.cosigned).toBe(before)
    history.cosigned = null
    time += 61_000
    await cosigning.round()
    expect(history.cosigned).not.toBeNull()
    expect(problems).toEqual([])
  })

  it("keeps nothing without a quorum, and says why", async () => {
    const [a, b] = [await openWitness("a"), await openWitness("b")]
    const policy = policyOf(
      [
        ["a", a.vkey, await a.serve()],
        ["b", b.vkey, NOWHERE],
      ],
      "all",
    )
    const history = new History()
    await history.grow(3)
    const { cosigning, problems } = cosigningOf(history, policy)
    await cosigning.round()
    expect(history.cosigned).toBeNull()
    expect(problems).toContainEqual(expect.stringContaining("no quorum of witnesses: 2 of (a, b)"))
  })

  it.each([
    ["of another key", 200, "— witness.example/a AAAAAAAAAAAAAAAA\n", "is not cosigned by witness.example/a"],
    ["that is no signature line", 200, "hello\n", "a signature line cannot be read"],
    ["that would be another note", 200, "\nother\n\n— x AAAAAAAA\n", "not"],
    ["of an error", 500, "broken", "answers 500"],
    ["that is larger than any", 200, "x".repeat(100_000), "more than 65536 bytes"],
    ["that leads elsewhere", 307, "", "fetch failed"],
  ])("takes no answer %s", async (_what, status, body, why) => {
    const a = await openWitness("a")
    const url = await answering(status, body, "text/plain", status === 307 ? { location: "http://127.0.0.1:9/" } : {})
    const history = new History()
    await history.grow(3)
    const { cosigning, problems } = cosigningOf(history, policyOf([["a", a.vkey, url]], "all"))
    await cosigning.round()
    expect(history.cosigned).toBeNull()
    expect(problems.join()).toContain(why)
  })

  it("says that its own directory was put back, where a witness has cosigned more leaves than there are", async () => {
    const a = await openWitness("a")
    const policy = policyOf([["a", a.vkey, await a.serve()]], "all")
    const history = new History()
    await history.grow(40)
    await cosigningOf(history, policy).cosigning.round()
    const older = new History()
    await older.grow(20)
    const { cosigning, problems } = cosigningOf(older, policy)
    await cosigning.round()
    expect(problems.join()).toContain("cosigned 40 leaves, and 20 are published here")
    expect(older.cosigned).toBeNull()
  })
})
