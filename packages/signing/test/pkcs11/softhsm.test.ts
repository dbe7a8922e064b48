/** Real keys in a real PKCS#11 library. */
import { once } from "node:events"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { MessageChannel, Worker } from "node:worker_threads"
import { resolveDeviceKey } from "@assay/did"
import { VALID, verifyNow } from "@assay/jose/verify"
import { hasSoftHsm, sayWithoutSoftHsm, type TestTokens, testTokens } from "@assay/testkit/softhsm"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import {
  generateInToken,
  KeyError,
  KeyUnreachableError,
  lendLibraries,
  openSigner,
  parsePkcs11Uri,
} from "../../src/index.ts"
import type { Cryptoki } from "../../src/pkcs11/cryptoki.ts"
import { useLibrary } from "../../src/pkcs11/library.ts"
import type { Asked } from "./borrower.child.ts"

sayWithoutSoftHsm("packages/signing/test/pkcs11/softhsm.test.ts")

describe.skipIf(!hasSoftHsm)("keys in a token", () => {
  let tokens: TestTokens
  let dir = ""
  const dids: Record<string, string> = {}
  const uri = (label: string): string => tokens.uri("plant", label)

  beforeAll(async () => {
    tokens = testTokens("plant", "other")
    dir = mkdtempSync(join(tmpdir(), "assay-signing-"))
    for (const alg of ["Ed25519", "ES256"] as const)
      dids[alg] = await generateInToken(parsePkcs11Uri(uri(`key-${alg}`)), alg)
  })
  afterAll(() => {
    tokens.remove()
    rmSync(dir, { recursive: true, force: true })
  })

  it.each(["Ed25519", "ES256"] as const)("%s signs what its DID verifies, also many at once", async (alg) => {
    const signer = await openSigner(uri(`key-${alg}`))
    try {
      expect([signer.did, signer.alg]).toEqual([dids[alg], alg])
      const key = resolveDeviceKey(signer.did)
      if ("reason" in key) throw new Error(key.detail)
      const inputs = Array.from({ length: 32 }, (_, n) => Buffer.alloc(1 + n * 1_000, n))
      const signatures = await Promise.all(inputs.map((input) => signer.sign(input)))
      for (const [n, input] of inputs.entries()) expect(verifyNow(key, input, signatures[n]!)).toBe(VALID)
    } finally {
      await signer.close()
    }
    await expect(signer.sign(Buffer.from("x"))).rejects.toThrow(KeyUnreachableError)
  })

  it("two keys of one library share its thread, and one of them closes alone", async () => {
    const [one, other] = [await openSigner(uri("key-Ed25519")), await openSigner(uri("key-ES256"))]
    await one.close()
    expect((await other.sign(Buffer.from("x"))).length).toBe(64)
    await other.close()
  })

  it("a library that is used again while it is being ended begins after that, and stays", async () => {
    const first = useLibrary(parsePkcs11Uri(uri("key-ES256")))
    await first.ask({ kind: "find" })
    const order: Array<string> = []
    // Its thread works them off before it ends the library, and takes longer for it than the next one for its start.
    const asked = Array.from({ length: 4_000 }, () => first.ask({ kind: "sign", input: Buffer.from("x") }))
    const signing = Promise.allSettled(asked)
    await Promise.race(asked)
    const closing = first.close().then(() => order.push("ended"))
    const next = await openSigner(uri("key-ES256"))
    order.push("opened")
    try {
      await Promise.all([closing, signing])
      expect(order).toEqual(["ended", "opened"])
      expect((await next.sign(Buffer.from("x"))).length).toBe(64)
    } finally {
      await next.close()
    }
  })

  it("a key of a library that others in the process have ended signs all the same", async () => {
    const { PKCS11 } = createRequire(import.meta.url)("pkcs11js") as { readonly PKCS11: new () => Cryptoki }
    const signer = await openSigner(uri("key-ES256"))
    try {
      const other = new PKCS11()
      other.load(tokens.module)
      other.C_Finalize()
      expect((await signer.sign(Buffer.from("x"))).length).toBe(64)
    } finally {
      await signer.close()
    }
  })

  it("another thread signs by the same library, and neither its close nor its end takes it from this one", async () => {
    const own = await openSigner(uri("key-ES256"))
    const { port1, port2 } = new MessageChannel()
    lendLibraries(port1)
    const thread = new Worker(new URL("./borrower.child.ts", import.meta.url), {
      workerData: { port: port2 },
      transferList: [port2],
    })
    const ask = async (asked: Asked): Promise<Readonly<Record<string, unknown>>> => {
      const answered = once(thread, "message")
      thread.postMessage(asked)
      return (await answered)[0]
    }
    const input = Buffer.from("x")
    try {
      expect(await ask({ kind: "open", reference: uri("key-Ed25519") })).toEqual({ value: dids["Ed25519"] })
      const key = resolveDeviceKey(dids["Ed25519"]!)
      if ("reason" in key) throw new Error(key.detail)
      const { value } = await ask({ kind: "sign", input })
      expect(verifyNow(key, input, value as Uint8Array)).toBe(VALID)
      await ask({ kind: "close" })
      expect(await ask({ kind: "sign", input })).toMatchObject({ name: "KeyUnreachableError" })
      expect((await own.sign(input)).length).toBe(64)
      const wrong = await ask({ kind: "open", reference: uri("nobody") })
      expect(wrong).toMatchObject({ name: "KeyError", message: expect.stringContaining("no private key") })
      // It ends with a key open.
      await ask({ kind: "open", reference: uri("key-Ed25519") })
      const closed = once(port1, "close")
      await thread.terminate()
      await closed
      expect((await own.sign(input)).length).toBe(64)
    } finally {
      await thread.terminate()
      await own.close()
    }
  })

  it("a label is not taken twice", async () => {
    const again = generateInToken(parsePkcs11Uri(uri("key-ES256")), "ES256")
    await expect(again).rejects.toThrow("never overwritten")
    await expect(generateInToken(parsePkcs11Uri(tokens.uri("plant", "")), "ES256")).rejects.toThrow("needs a label")
  })

  it("a file that refers to a token pins which key it is", async () => {
    const path = join(dir, "key.json")
    const write = (did: string, reference: string): void => writeFileSync(path, JSON.stringify({ did, reference }))
    write(dids["ES256"]!, uri("key-ES256"))
    const signer = await openSigner(path)
    expect((await signer.sign(Buffer.from("x"))).length).toBe(64)
    await signer.close()
    write(dids["Ed25519"]!, uri("key-ES256"))
    await expect(openSigner(path)).rejects.toThrow("was expected")
    write(dids["ES256"]!, path)
    await expect(openSigner(path)).rejects.toThrow("must hold the key or say where it lies")
  })

  it.each([
    ["another label", () => uri("nobody"), "no private key"],
    ["the other token", () => tokens.uri("other", "key-ES256"), "no private key"],
    ["no such token", () => tokens.uri("nowhere", "key-ES256"), "there is no token"],
    ["no PIN", () => uri("key-ES256").replace(/&pin-source.*/, ""), "without a pin-source"],
    ["no PIN file", () => uri("key-ES256").replace(/pin-source=.*/, "pin-source=/no/such"), "cannot be read"],
    ["no library", () => "pkcs11:token=plant;object=a?module-path=/etc/hostname", "is no PKCS#11 library"],
  ])("%s: says so", async (_, reference, says) => {
    await expect(openSigner(reference())).rejects.toThrow(says)
  })

  it("a wrong PIN is a mistake of the caller's, and is not tried again", async () => {
    const pin = join(dir, "wrong-pin")
    writeFileSync(pin, "9999\n")
    const failed = openSigner(uri("key-ES256").replace(/pin-source=.*/, `pin-source=${pin}`))
    await expect(failed).rejects.toThrow(KeyError)
    await expect(failed).rejects.toThrow("refuses the PIN")
  })
})
