/** Both backends come to the same for every key and signature: a verdict never depends on which one runs. */
import { createHash, generateKeyPairSync, sign } from "node:crypto"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { publicKeyOf } from "@assay/did"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { chooseBackend } from "../../src/verify/backend.ts"
import { cachedVerifier } from "../../src/verify/cached.ts"
import { FIXED_VECTORS } from "../../src/verify/fixed-vectors.ts"
import { INVALID, VALID, type Verification, verifyNow, WEAK_KEY } from "../../src/verify/in-thread.ts"
import {
  BASE,
  encode,
  L,
  littleEndian,
  mixedOrder,
  mod,
  numberOf,
  pointAt,
  scalarOf,
  sha512,
  TORSION,
  times,
} from "./edwards.ts"

const sodium = chooseBackend("auto")
const platform = `${process.platform}-${process.arch}`
/** Platforms of which the pinned version has a binary (`prebuilds/`); of Linux with glibc alone. */
const HAS_BINARY = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64", "win32-x64", "win32-arm64"]
const IS_MUSL = process.platform === "linux" && existsSync("/etc/alpine-release")

/** What sodium finds, and node:crypto. */
const findingsOf = (
  publicKey: Uint8Array,
  signingInput: Uint8Array,
  signature: Uint8Array,
): ReadonlyArray<Verification> => {
  const job = { alg: "Ed25519" as const, publicKey, signingInput, signature }
  return [cachedVerifier(4, sodium.verifyEd25519)(job), verifyNow(job, signingInput, signature)]
}
const agree = (publicKey: Uint8Array, input: Uint8Array, signature: Uint8Array): Verification => {
  const [one, other] = findingsOf(publicKey, input, signature)
  if (one !== other)
    throw new Error(
      `sodium ${one}, node ${other}: ${[publicKey, input, signature].map((b) => Buffer.from(b).toString("hex"))}`,
    )
  return one!
}

const PAIR = generateKeyPairSync("ed25519")
const KEY = publicKeyOf(PAIR.publicKey).publicKey
/**
 * Published vectors, where `ED25519_VECTORS` names a directory of them: the JSON files of Wycheproof (testvectors_v1), CCTV
 * (ed25519vectors.json) and ed25519-speccheck (cases.json), as they are.
 */
const VECTORS = process.env["ED25519_VECTORS"]
interface Published {
  readonly publicKey: Buffer
  readonly input: Buffer
  readonly signature: Buffer
}
const publishedIn = (value: unknown, key: string | null = null): ReadonlyArray<Published> => {
  if (Array.isArray(value)) return value.flatMap((one) => publishedIn(one, key))
  if (typeof value !== "object" || value === null) return []
  const { publicKey, tests, pub_key, key: named, sig, signature = sig, msg, message } = value as Record<string, unknown>
  if (Array.isArray(tests)) {
    const group = publicKey as { readonly pk?: string } | undefined
    return publishedIn(tests, group?.pk ?? null)
  }
  const own = pub_key ?? named ?? key
  if (typeof own !== "string" || typeof signature !== "string")
    return Object.values(value).flatMap((one) => publishedIn(one, key))
  // The messages of CCTV are texts; of the others, hexadecimal.
  const input = Buffer.from(String(message ?? msg), "number" in value ? "utf8" : "hex")
  return [{ publicKey: Buffer.from(own, "hex"), input, signature: Buffer.from(signature, "hex") }]
}
if (VECTORS === undefined)
  console.info("published vectors of Ed25519 are not compared: ED25519_VECTORS names no directory of them")

const bytes = (size: number) => fc.uint8Array({ minLength: size, maxLength: size })

describe.skipIf(!HAS_BINARY.includes(platform) || IS_MUSL)("sodium and node:crypto", () => {
  it("are both here", () => {
    expect(sodium).toMatchObject({ name: "sodium", problem: null })
  })

  it("agree on all keys and R with components of small order: those that hold without the cofactor are valid, and no other", () => {
    const counts = { valid: 0, invalid: 0 }
    for (let i = 0; i < 8; i++)
      for (let j = 0; j < 8; j++)
        for (let n = 0; n < 3; n++) {
          const { publicKey, input, signature, holds } = mixedOrder(`torsion ${n}`, i, j)
          expect(agree(publicKey, input, signature)).toBe(holds ? VALID : INVALID)
          counts[holds ? "valid" : "invalid"]++
        }
    // Both kinds are there: else nothing was shown.
    expect(counts.valid).toBeGreaterThan(8)
    expect(counts.invalid).toBeGreaterThan(100)
  }, 60_000)

  it("agree on keys and R of small order, in every spelling: weak keys, invalid signatures", () => {
    const small = Array.from({ length: 8 }, (_, n) => encode(times(BigInt(n), TORSION)))
    const P = 2n ** 255n - 19n
    // y + p where it fits in 255 bits, and the other sign, also where x is 0.
    const spellings = small.flatMap((point) => {
      const y = numberOf(point) & (2n ** 255n - 1n)
      return [y, ...(y < 19n ? [y + P] : [])].flatMap((value) => [
        littleEndian(value),
        littleEndian(value + 2n ** 255n),
      ])
    })
    for (const point of spellings) {
      const input = Buffer.from("any message")
      const r = scalarOf("r")
      for (const R of [encode(times(r, BASE)), encode(BASE), ...spellings])
        expect(agree(point, input, Buffer.concat([R, littleEndian(r)]))).toBe(WEAK_KEY)
      const k = mod(numberOf(sha512(point, KEY, input)), L)
      const a = numberOf(createHash("sha512").update(KEY).digest().subarray(0, 31))
      expect(agree(KEY, input, Buffer.concat([point, littleEndian(mod(k * a, L))]))).toBe(INVALID)
    }
  }, 60_000)

  it("agree on the R that makes a signature of S alone: R of small order under an honest key of known scalar", () => {
    const a = scalarOf("known")
    const publicKey = encode(times(a, BASE))
    const input = Buffer.from("message")
    for (let n = 0; n < 8; n++) {
      const R = encode(times(BigInt(n), TORSION))
      const k = mod(numberOf(sha512(R, publicKey, input)), L)
      // n = 0 holds even without the cofactor: only our own check of R refuses it, for both.
      expect(agree(publicKey, input, Buffer.concat([R, littleEndian(mod(k * a, L))]))).toBe(INVALID)
    }
  })

  it("agree on keys and R that are not on the curve, or not canonical", () => {
    const P = 2n ** 255n - 19n
    const signature = sign(null, Buffer.from("message"), PAIR.privateKey)
    for (let y = 0n; y < 64n; y++)
      for (const value of [y, y + P, P - 1n - y, y + 2n ** 255n]) {
        if (value >= 2n ** 256n) continue
        const encoded = littleEndian(value)
        const found = agree(encoded, Buffer.from("message"), signature)
        expect(found).not.toBe(VALID)
        expect(agree(KEY, Buffer.from("message"), Buffer.concat([encoded, signature.subarray(32)]))).toBe(INVALID)
      }
    expect(pointAt(2n, 0n)).toBeNull()
  })

  it("agree on S: S + nL, the bounds around L, and all high bits", () => {
    const input = Buffer.from("message")
    const signature = sign(null, input, PAIR.privateKey)
    const R = signature.subarray(0, 32)
    const S = numberOf(signature.subarray(32))
    expect(agree(KEY, input, signature)).toBe(VALID)
    for (let n = 1n; S + n * L < 2n ** 256n; n++)
      expect(agree(KEY, input, Buffer.concat([R, littleEndian(S + n * L)]))).toBe(INVALID)
    for (const s of [0n, 1n, L - 1n, L, L + 1n, 2n ** 252n, 2n ** 253n - 1n, 2n ** 255n, 2n ** 256n - 1n])
      expect(agree(KEY, input, Buffer.concat([R, littleEndian(s)]))).toBe(INVALID)
    for (let bit = 252; bit < 256; bit++)
      expect(agree(KEY, input, Buffer.concat([R, littleEndian(S | (1n << BigInt(bit)))]))).toBe(INVALID)
  })

  it("agree on honest signatures and on each with one bit turned, in key, message or signature", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom("key", "input", "signature"),
        fc.nat(),
        (input, where, n) => {
          const parts = {
            key: Buffer.from(KEY),
            input: Buffer.from(input),
            signature: sign(null, input, PAIR.privateKey),
          }
          expect(agree(parts.key, parts.input, parts.signature)).toBe(VALID)
          const bent = parts[where]
          if (bent.length === 0) return
          bent[(n >> 3) % bent.length]! ^= 1 << (n & 7)
          expect(agree(parts.key, parts.input, parts.signature)).not.toBe(VALID)
        },
      ),
      { numRuns: 300 },
    )
  })

  it("agree on any bytes at all, of any length", () => {
    fc.assert(
      fc.property(
        fc.oneof(bytes(32), fc.uint8Array({ maxLength: 70 })),
        fc.uint8Array({ maxLength: 100 }),
        fc.oneof(bytes(64), fc.uint8Array({ maxLength: 70 })),
        (key, input, signature) => {
          expect(agree(key, input, signature)).not.toBe(VALID)
        },
      ),
      { numRuns: 500 },
    )
  })

  if (VECTORS !== undefined)
    it.each(readdirSync(VECTORS).filter((file) => file.endsWith(".json")))("agree on the vectors of %s", (file) => {
      const published = publishedIn(JSON.parse(readFileSync(join(VECTORS, file), "utf8")))
      expect(published.length).toBeGreaterThan(0)
      const found = published.map(({ publicKey, input, signature }) => agree(publicKey, input, signature))
      console.info(`${file}: ${found.length} vectors, of which valid: ${found.filter((one) => one === VALID).length}`)
    })

  it("agree with the key imported, which is node's other way", () => {
    const remembering = cachedVerifier(64)
    for (let round = 0; round < 4; round++)
      for (const { publicKey, input, signature, valid } of FIXED_VECTORS) {
        const job = { alg: "Ed25519" as const, publicKey, signingInput: input, signature }
        expect(remembering(job)).toBe(valid ? VALID : INVALID)
        expect(agree(publicKey, input, signature)).toBe(valid ? VALID : INVALID)
      }
  })
})
