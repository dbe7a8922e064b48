/** The client against the reference server, over TLS, with tokens and client certificates. */
import { createHash, generateKeyPairSync } from "node:crypto"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { resolveDeviceKey } from "@assay/did"
import { VALID, verifyNow } from "@assay/jose/verify"
import { hasOpenssl, issue, makeAuthority } from "@assay/testkit/certificates"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { KeyError, KeyUnreachableError, openSigner } from "../../src/index.ts"
import { openRemote } from "../../src/remote/client.ts"
import { type ServedKey, type SignerServer, servedKey, startSignerServer } from "../../src/remote/index.ts"
import { MAX_MESSAGE_BYTES } from "../../src/remote/protocol.ts"
import { parseRemote } from "../../src/remote/reference.ts"

const TOKEN = "a-token-of-the-passport-issuer"
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex")

describe.skipIf(!hasOpenssl)("a remote signer", () => {
  let dir = ""
  let server: SignerServer
  const problems: Array<string> = []
  const key = servedKey(generateKeyPairSync("ed25519").privateKey)
  const served: Record<string, ServedKey> = {
    log: key,
    passports: servedKey(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey),
    // Answers with another key's signature.
    false: { ...key, sign: servedKey(generateKeyPairSync("ed25519").privateKey).sign },
    broken: { ...key, sign: async () => Promise.reject(new Error("the card is out")) },
    slow: { ...key, sign: () => new Promise(() => undefined) },
    short: { ...key, sign: async () => Buffer.alloc(8) },
    huge: { ...key, sign: async () => Buffer.alloc(20_000) },
  }
  const at = (name: string, more = `&token-file=${join(dir, "token")}`): string =>
    `${server.url}/v1/keys/${name}#ca-file=${join(dir, "authority.pem")}${more}`

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "assay-remote-"))
    makeAuthority(dir, "authority")
    issue(dir, "authority", "server")
    issue(dir, "authority", "node")
    issue(dir, "authority", "visitor")
    writeFileSync(join(dir, "token"), `${TOKEN}\n`)
    writeFileSync(join(dir, "foreign-token"), "a-token-of-somebody-else")
    server = await startSignerServer({
      cert: readFileSync(join(dir, "server.pem")),
      key: readFileSync(join(dir, "server.key")),
      clientCa: readFileSync(join(dir, "authority.pem")),
      host: "127.0.0.1",
      port: 0,
      keys: { ...served, secret: key },
      tokens: { [sha256(TOKEN)]: Object.keys(served) },
      clients: { node: ["log"] },
      maxCalls: 2,
      onProblem: (what) => problems.push(what),
    })
  })
  afterAll(async () => {
    await server.close()
    rmSync(dir, { recursive: true, force: true })
  })

  it.each(["log", "passports"])("%s signs what its DID verifies", async (name) => {
    const signer = await openSigner(at(name))
    try {
      const own = resolveDeviceKey(served[name]!.did)
      if ("reason" in own) throw new Error(own.detail)
      const input = Buffer.alloc(100_000, 7)
      expect(verifyNow(own, input, await signer.sign(input))).toBe(VALID)
    } finally {
      await signer.close()
    }
  })

  it("knows a client by its certificate, for its own keys alone", async () => {
    const by = (name: string): string => `&cert-file=${join(dir, `${name}.pem`)}&key-file=${join(dir, `${name}.key`)}`
    const signer = await openSigner(at("log", by("node")))
    expect((await signer.sign(Buffer.from("x"))).length).toBe(64)
    await signer.close()
    await expect(openSigner(at("passports", by("node")))).rejects.toThrow("403: no right")
    await expect(openSigner(at("log", by("visitor")))).rejects.toThrow("401")
  })

  it.each([
    ["another's token", () => at("log", `&token-file=${join(dir, "foreign-token")}`), KeyError, "401"],
    ["a key that the token may not use", () => at("secret"), KeyError, "403"],
    ["no token file", () => at("log", "&token-file=/no/such"), KeyError, "cannot be read"],
    ["no such path", () => at("log").replace("/v1/", "/v2/"), KeyError, "404"],
    [
      "an authority that did not sign the server",
      () => at("log").replace(/ca-file=[^&]*&/, ""),
      KeyUnreachableError,
      "certificate",
    ],
    ["nobody there", () => at("log").replace(/:\d+\//, ":1/"), KeyUnreachableError, "ECONNREFUSED"],
  ])("%s: says so", async (_, reference, kind, says) => {
    const failed = openSigner(reference())
    await expect(failed).rejects.toThrow(kind)
    await expect(failed).rejects.toThrow(says)
  })

  it.each([
    ["false", "does not verify"],
    ["broken", "503: the key cannot be reached"],
    ["short", "no signature of 64 bytes"],
    ["huge", "more than 8192 bytes"],
  ])("a signer that is %s: nothing of it is believed", async (name, says) => {
    const signer = await openSigner(at(name))
    const failed = signer.sign(Buffer.from("x"))
    await expect(failed).rejects.toThrow(KeyUnreachableError)
    await expect(failed).rejects.toThrow(says)
    await signer.close()
  })

  it("what is too large is not sent, and a key that is closed signs nothing", async () => {
    const signer = await openSigner(at("log"))
    await expect(signer.sign(Buffer.alloc(MAX_MESSAGE_BYTES + 1))).rejects.toThrow("at most 1048576 bytes")
    await signer.close()
    await expect(signer.sign(Buffer.from("x"))).rejects.toThrow("is closed")
  })

  it("one that does not answer is given up, and more calls than it takes are refused", async () => {
    // Long enough that the third call is there before the first two are given up, however busy the machine is.
    const signer = await openRemote(parseRemote(at("slow")), null, 3_000)
    const first = [signer.sign(Buffer.from("a")), signer.sign(Buffer.from("b")), signer.sign(Buffer.from("c"))]
    const ends = (await Promise.allSettled(first)).map((end) => String((end as PromiseRejectedResult).reason.message))
    expect(ends.filter((end) => end.includes("no answer within 3000 ms"))).toHaveLength(2)
    expect(ends.filter((end) => end.includes("429"))).toHaveLength(1)
    await signer.close()
  })
})

it.each([
  ["https://user@kms.example/key#token-file=/t", "no user"],
  ["https://kms.example/key?x=1#token-file=/t", "no query"],
  ["https://kms.example/key", "must know who asks"],
  ["https://kms.example/key#cert-file=/c", "belong together"],
  ["https://kms.example/key#token=/c", "each once"],
  ["https://kms.example/key#token-file=%ff", "percent-encoded"],
  ["https://", "https: URL"],
])("%s is refused: %s", (text, says) => {
  expect(() => parseRemote(text)).toThrow(says)
})
