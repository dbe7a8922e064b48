/** C2SP tlog-witness: what a witness cosigns, what it refuses and how, and that it remembers before it answers. */
import { generateKeyPairSync } from "node:crypto"
import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import {
  buildConsistency,
  decodeWitnessKey,
  encodeVkey,
  formatAddCheckpoint,
  nodesOf,
  openCosignature,
  openSigned,
  signCheckpoint,
  verifierKey,
  verifyFork,
  witnessSigner,
} from "@assay/transparency"
import { describe, expect, it } from "vitest"
import { History, LOG, LOG_SIGNER, logId, NOW, ORIGIN, openWitness, signerOf, type TestWitness } from "../plant.ts"

const bodyFor = async (history: History, old: number): Promise<string> =>
  formatAddCheckpoint({
    old,
    proof: await buildConsistency(nodesOf(history, history.size), old, history.size),
    checkpoint: history.note,
  })

const grown = async (...sizes: ReadonlyArray<number>): Promise<History> => {
  const history = new History()
  for (const size of sizes) await history.grow(size - history.size)
  return history
}

/** The time of the witness' own cosignature in an answer. */
const timeIn = ({ vkey }: TestWitness, note: string, lines: string): number => {
  const { text, unverified } = openSigned(`${note}${lines}`, LOG)
  return openCosignature(text, unverified, decodeWitnessKey(vkey)).time
}

describe("a witness", () => {
  it("cosigns the first checkpoint, and each that continues the last", async () => {
    const own = await openWitness("w1")
    const history = await grown(5)
    for (const [old, size] of [
      [0, 5],
      [5, 300],
      [300, 300],
      [300, 512],
    ] as const) {
      if (size > history.size) await history.grow(size - history.size)
      const answer = await own.witness.add(await bodyFor(history, old))
      expect(answer, `${old} to ${size}`).toMatchObject({ status: 200 })
      expect(timeIn(own, history.note, answer.body)).toBe(NOW)
    }
  })

  it("with ML-DSA-44 cosigns as one with Ed25519 does, and its state is read again", async () => {
    const signer = witnessSigner(generateKeyPairSync("ml-dsa-44").privateKey)
    const own = await openWitness("pq", undefined, undefined, signer)
    const history = await grown(5)
    const first = await own.witness.add(await bodyFor(history, 0))
    expect(timeIn(own, history.note, first.body)).toBe(NOW)
    await history.grow(300)
    const next = await openWitness("pq", own.dir, undefined, signer)
    const second = await next.witness.add(await bodyFor(history, 5))
    expect(timeIn(next, history.note, second.body)).toBe(NOW)
  })

  it("remembers before it answers: the state bears the cosignature, and another process goes on from it", async () => {
    const own = await openWitness("w1")
    const history = await grown(7)
    const { body } = await own.witness.add(await bodyFor(history, 0))
    expect(readFileSync(join(own.dir, "logs", logId(ORIGIN), "checkpoint"), "utf8")).toBe(`${history.note}${body}`)
    const next = await openWitness("w1", own.dir)
    expect(await next.witness.add(await bodyFor(history, 0))).toEqual({
      status: 409,
      type: "text/x.tlog.size",
      body: "7\n",
    })
  })

  it("cosigns nothing where its state cannot be written or read", async () => {
    const own = await openWitness("w1")
    const history = await grown(7)
    await own.witness.add(await bodyFor(history, 0))
    const path = join(own.dir, "logs", logId(ORIGIN), "checkpoint")
    writeFileSync(path, readFileSync(path, "utf8").replace("\n7\n", "\n0\n"))
    await expect(own.witness.add(await bodyFor(history, 0))).rejects.toThrow(
      "cannot be read, so nothing of it is cosigned",
    )
    rmSync(join(own.dir, "logs"), { recursive: true })
    writeFileSync(join(own.dir, "logs"), "a file in the place of the directory")
    await expect(own.witness.add(await bodyFor(history, 0))).rejects.toThrow()
  })

  it("answers as the specification says what it refuses", async () => {
    const own = await openWitness("w1")
    const history = await grown(10)
    await own.witness.add(await bodyFor(history, 0))
    await history.grow(10)
    const good = await bodyFor(history, 10)
    const status = async (body: string): Promise<number> => (await own.witness.add(body)).status
    const foreign = signerOf("another log")
    const head = { size: 20, root: history.root }
    const unknown = await signCheckpoint({ ...head, origin: "other.example/log" }, foreign)
    const unsigned = await signCheckpoint({ ...head, origin: ORIGIN }, foreign)
    expect(await status("")).toBe(400)
    expect(await status(good.replace("old 10", "old 010"))).toBe(400)
    expect(await status(good.replace("old 10", "old 21"))).toBe(400)
    expect(await status(`old 10\n${"A".repeat(43)}=\n${good}`)).toBe(400)
    expect(await status(`old 10\n${`${"A".repeat(43)}=\n`.repeat(64)}\n${history.note}`)).toBe(400)
    expect(await status(good.replace(history.note, unknown))).toBe(404)
    expect(await status(good.replace(history.note, unsigned))).toBe(403)
    expect(await status(good.replace("\n\n", `\n${"A".repeat(43)}=\n\n`))).toBe(422)
    expect(await own.witness.add(await bodyFor(history, 9))).toMatchObject({ status: 409, body: "10\n" })
    expect(await status(good)).toBe(200)
  })

  it("lets two calls at once continue one checkpoint only, and never falls back", async () => {
    const own = await openWitness("w1")
    const first = await grown(4)
    await own.witness.add(await bodyFor(first, 0))
    const short = await grown(4, 6)
    const long = await grown(4, 9)
    const answers = await Promise.all([
      own.witness.add(await bodyFor(long, 4)),
      own.witness.add(await bodyFor(short, 4)),
    ])
    expect(answers.map(({ status }) => status)).toEqual([200, 409])
    expect((await own.witness.read(ORIGIN))!.split("\n")[1]).toBe("9")
  })

  it("refuses a fork of one size, shows both checkpoints, and keeps evidence that anybody can check", async () => {
    const own = await openWitness("w1")
    const history = await grown(12)
    await own.witness.add(await bodyFor(history, 0))
    const other = new History()
    await other.grow(12, "forged")
    const answer = await own.witness.add(await bodyFor(other, 0))
    expect(answer).toMatchObject({ status: 409, type: expect.stringContaining("text/plain") })
    expect(answer.body).toContain(history.note)
    expect(answer.body).toContain(other.note)
    const [evidence] = await own.states.forks(10)
    expect(own.forks).toEqual([evidence])
    expect(Buffer.from(verifyFork(evidence!, LOG).b.root)).toEqual(Buffer.from(other.root))
    // It holds to what it cosigned.
    expect((await own.witness.read(ORIGIN))!.startsWith(history.note)).toBe(true)
  })

  it("shows a fork of a larger size by its own proof, and no proof that a carrier made up", async () => {
    const own = await openWitness("w1")
    const history = await grown(12)
    await own.witness.add(await bodyFor(history, 0))
    const other = new History()
    await other.grow(20, "forged")
    expect((await own.witness.add(await bodyFor(other, 12))).status).toBe(422)
    const [evidence] = own.forks
    expect(verifyFork(evidence!, LOG)).toMatchObject({ a: { size: 12 }, b: { size: 20 } })
    // The log is honest, and whoever carries its checkpoint puts another proof before it.
    await history.grow(8)
    const honest = await bodyFor(history, 12)
    const lines = honest.split("\n")
    lines[1] = Buffer.alloc(32, 7).toString("base64")
    expect((await own.witness.add(lines.join("\n"))).status).toBe(422)
    expect(own.forks).toHaveLength(1)
    expect((await own.witness.add(honest)).status).toBe(200)
  })

  it("takes a log's new key beside its old one", async () => {
    const own = await openWitness("w1")
    const history = await grown(3)
    const next = signerOf("the next key")
    const { Witness } = await import("../../src/server/index.ts")
    const key = decodeWitnessKey(own.vkey)
    const logs = [LOG, verifierKey(ORIGIN, next.publicKey)]
    const witness = new Witness({ key: { ...key }, signer: signerOf("w1"), logs, states: own.states })
    expect((await witness.add(await bodyFor(history, 0))).status).toBe(200)
    history.note = await signCheckpoint({ origin: ORIGIN, size: 3, root: history.root }, next)
    expect((await witness.add(await bodyFor(history, 3))).status).toBe(200)
    expect(encodeVkey(LOG)).toContain(ORIGIN)
    expect(LOG_SIGNER.publicKey).not.toEqual(next.publicKey)
  })
})
