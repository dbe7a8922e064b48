/**
 * COSE receipts (RFC 9942) between us and a library that others wrote: `@transmute/cose`, by an author of the RFC. It reads what the
 * command writes, and the command's reader reads what it writes.
 */
import { generateKeyPairSync, type JsonWebKey, type KeyObject, verify } from "node:crypto"
import { mkdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { parseReceipt } from "@assay/cose"
import { decodeAudit } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { assay } from "@assay/testkit/cli"
import { decodeVkey, openCheckpoint, parseProof, rootOf, rootOfInclusion } from "@assay/transparency"
import { cbor, crypto, detached, ProtectedHeader, receipt as theirs } from "@transmute/cose"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type SealedRun, sealedRun } from "./sealed-run.ts"

const STEP_MS = 120_000
const [ALG, ES256, VDS, RFC9162_SHA256] = [1, -7, 395, 1]

/** The library's own verifier knows ECDSA alone, and a log's key is Ed25519: so it is asked for everything but the signature itself. */
const ed25519 = (key: KeyObject) => ({
  verify: async ({ coseSign1, payload }: { coseSign1: ArrayBuffer; payload: ArrayBuffer }): Promise<ArrayBuffer> => {
    const [header, , , signature] = cbor.decodeFirstSync(coseSign1).value as [Buffer, unknown, null, Buffer]
    const signed = cbor.encode(["Signature1", header, cbor.EMPTY_BUFFER, cbor.toArrayBuffer(payload)])
    if (!verify(null, signed, key, signature)) throw new Error("Signature verification failed")
    return payload
  },
})

const buffer = (bytes: Uint8Array): ArrayBuffer => Uint8Array.from(bytes).buffer
const hex = (bytes: Uint8Array | ArrayBuffer): string => Buffer.from(bytes as Uint8Array).toString("hex")

describe("a receipt that the command writes", () => {
  let run: SealedRun
  beforeAll(async () => {
    run = await sealedRun("receipts that others read")
    mkdirSync(join(run.root, "out"))
  }, STEP_MS)
  afterAll(() => run?.remove())

  it(
    "leads in the library of others from the leaf to the root that the log signed, and no other leaf does",
    async () => {
      const decisions = (await run.records(STREAMS.audit))
        .map(({ value }) => decodeAudit(value))
        .filter(({ kind }) => kind === "decision")
      const key = decodeVkey(run.vkey)
      for (const { origin } of [decisions[0]!, decisions[7]!, decisions.at(-1)!]) {
        const files = ["--out", "out/proof", "--receipt", "out/receipt.cose", "--entry", "out/leaf"]
        const args = ["prove", `1/0/${origin.offset}`, "--data", "data", ...files]
        expect(await assay(args, { cwd: run.root })).toMatchObject({ code: 0, err: "" })
        const [bytes, leaf] = ["receipt.cose", "leaf"].map((name) => readFileSync(join(run.root, "out", name)))
        const proof = parseProof(readFileSync(join(run.root, "out/proof"), "utf8"))
        const { root } = openCheckpoint(proof.checkpoint, key)
        const ask = async (entry: Uint8Array, receipt: Uint8Array) =>
          theirs.inclusion.verify({
            entry: new Uint8Array(await theirs.leaf(entry)),
            receipt: buffer(receipt),
            verifier: ed25519(key.key),
          })
        expect(hex(await ask(leaf!, bytes!))).toBe(hex(root))
        const changed = Buffer.from(bytes!)
        changed[changed.length - 1]! ^= 1
        await expect(ask(leaf!, changed)).rejects.toThrow()
        await expect(ask(Buffer.concat([leaf!, Buffer.of(0)]), bytes!)).rejects.toThrow()
      }
    },
    STEP_MS,
  )
})

describe("a receipt that the library writes", () => {
  it("is read for every leaf of trees of up to 20, and leads to the root that it signed", {
    timeout: STEP_MS,
  }, async () => {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" })
    const secret = { ...(privateKey.export({ format: "jwk" }) as JsonWebKey), alg: "ES256" } as never
    const own = detached.signer({ remote: crypto.signer({ privateKeyJwk: secret }) })
    const issuer = { sign: async (asked: Parameters<typeof own.sign>[0]) => buffer(await own.sign(asked)) }
    for (let size = 1; size <= 20; size++) {
      const entries = await Promise.all(
        Array.from({ length: size }, async (_, n) => new Uint8Array(await theirs.leaf(Buffer.from(`entry ${n}`)))),
      )
      const root = rootOf(entries)
      for (let index = 0; index < size; index++) {
        const protectedHeader = ProtectedHeader([
          [ALG, ES256],
          [VDS, RFC9162_SHA256],
        ])
        const bytes = await theirs.inclusion.issue({ protectedHeader, entry: index, entries, signer: issuer })
        const read = parseReceipt(new Uint8Array(bytes))
        if ("reason" in read) throw new Error(`leaf ${index} of ${size}: ${read.detail}`)
        expect(read).toMatchObject({ alg: "ES256", size, index, issuer: null })
        expect(hex(rootOfInclusion(entries[index]!, index, size, read.path)!)).toBe(hex(root))
        const key = { key: publicKey, dsaEncoding: "ieee-p1363" } as const
        expect(verify("sha256", read.signingInput(root), key, read.signature)).toBe(true)
      }
    }
  })
})
