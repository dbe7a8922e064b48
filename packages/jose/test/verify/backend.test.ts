import { describe, expect, it } from "vitest"
import { chooseBackend, failedVector, type VerifyEd25519 } from "../../src/verify/backend.ts"
import { FIXED_VECTORS } from "../../src/verify/fixed-vectors.ts"
import { VALID, verifyNow } from "../../src/verify/in-thread.ts"
import { VerifyPool } from "../../src/verify/pool.ts"
import { add, BASE, decode, encode, L, numberOf, sha512, times } from "./edwards.ts"

const throws = (message: string, code?: string) => (): never => {
  throw Object.assign(new Error(message), code === undefined ? {} : { code })
}
const node: VerifyEd25519 = (publicKey, input, signature) =>
  verifyNow({ alg: "Ed25519", publicKey }, input, signature) === VALID
const answers = new Map(FIXED_VECTORS.map(({ signature, input, valid }) => [`${signature}/${input}`, valid]))
/** Right about all vectors but the named one. */
const wrongAt =
  (name: string): VerifyEd25519 =>
  (_, input, signature) => {
    const vector = FIXED_VECTORS.find((one) => one.name === name)!
    const valid = answers.get(`${signature}/${input}`)!
    return vector.signature === signature && vector.input === input ? !valid : valid
  }

describe("chooseBackend", () => {
  it("takes node where it is asked for, and does not even load the other", () => {
    expect(chooseBackend("node", throws("loaded"))).toEqual({ name: "node", verifyEd25519: null, problem: null })
  })

  it("takes what loads and answers the fixed vectors rightly", () => {
    expect(chooseBackend("auto", () => node)).toEqual({ name: "sodium", verifyEd25519: node, problem: null })
  })

  it.each(FIXED_VECTORS.map(({ name }) => name))("does not use one that is wrong about: %s", (name) => {
    expect(chooseBackend("auto", () => wrongAt(name))).toEqual({
      name: "node",
      verifyEd25519: null,
      problem: `sodium-native fails its check: ${name}`,
    })
  })

  it("does not use one that throws, or answers with something else than a boolean", () => {
    expect(chooseBackend("auto", () => throws("broken")).problem).toMatch(
      /^sodium-native fails its check: valid .*broken/,
    )
    expect(failedVector((() => 1) as unknown as VerifyEd25519)).toBe("valid")
  })

  it("says in one bounded line that it is not installed, or why it does not load", () => {
    const absent = throws("Cannot find module 'sodium-native'\nRequire stack:\n- here", "MODULE_NOT_FOUND")
    expect(chooseBackend("auto", absent)).toMatchObject({ name: "node", problem: "sodium-native is not installed" })
    const musl = throws(`Cannot find addon '.'\nCandidates: ${"x".repeat(999)}`, "ADDON_NOT_FOUND")
    expect(chooseBackend("auto", musl).problem).toBe("sodium-native does not load: Cannot find addon '.'")
    expect(chooseBackend("auto", throws("x".repeat(999))).problem).toHaveLength(256)
  })

  it("does not use one that multiplies by the cofactor, as later versions of libsodium do", () => {
    const cofactored: VerifyEd25519 = (publicKey, input, signature) => {
      const [a, r] = [publicKey, signature.subarray(0, 32)].map(decode)
      const k = numberOf(sha512(signature.subarray(0, 32), publicKey, input)) % L
      const right = add(r!, times(k, a!))
      const left = times(numberOf(signature.subarray(32)), BASE)
      return encode(times(8n, left)).equals(encode(times(8n, right)))
    }
    expect(chooseBackend("auto", () => cofactored).problem).toBe("sodium-native fails its check: key of mixed order")
  })
})

describe("VerifyPool", () => {
  it.each(["auto", "node"] as const)("says which backend each thread chose: %s", async (backend) => {
    const chosen: Array<unknown> = []
    const pool = new VerifyPool({ size: 2, backend, onBackend: (one) => chosen.push(one) })
    const { publicKey, input, signature } = FIXED_VECTORS[0]!
    const job = { alg: "Ed25519" as const, publicKey, signingInput: input, signature }
    // More jobs of one key than one thread takes: both answer, and each says its backend before.
    expect([...(await pool.verifyBatch(Array.from({ length: 20 }, () => job)))]).toEqual(Array(20).fill(VALID))
    await pool.close()
    const { name, problem } = chooseBackend(backend)
    expect(chosen).toEqual([
      { name, problem },
      { name, problem },
    ])
  })
})
