import { describe, expect, it } from "vitest"
import { backendFinding } from "../../src/doctor/backend.ts"

const verifyEd25519 = () => true

describe("what doctor says of the backend", () => {
  it("is fine with libsodium, and with node:crypto where that was asked for", () => {
    expect(backendFinding({ name: "sodium", verifyEd25519, problem: null })).toMatchObject({
      state: "ok",
      found: "Ed25519 by libsodium",
    })
    expect(backendFinding({ name: "node", verifyEd25519: null, problem: null })).toMatchObject({
      state: "ok",
      found: "Ed25519 by node:crypto",
    })
  })

  it("warns where libsodium was wanted and cannot be used, and says why", () => {
    const problem = "sodium-native is not installed"
    expect(backendFinding({ name: "node", verifyEd25519: null, problem })).toMatchObject({
      state: "warn",
      found: `Ed25519 by node:crypto, more slowly: ${problem}`,
    })
  })
})
