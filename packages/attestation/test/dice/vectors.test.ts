/**
 * Chains that others made. `vectors/h100-*`: a graphics processor (NVIDIA H100) and its maker's root, from the samples of
 * github.com/NVIDIA/nvtrust at 028173093d43 (Apache-2.0). `vectors/open-dice-*`: certificates by the code of Open DICE, and
 * `vectors/riot-extension.der`: an extension by RIoT, from the tests of github.com/veraison/dice at dd40a73e675d (Apache-2.0).
 */
import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { layersOf, UNDERSTOOD } from "../../src/dice/layers.ts"
import { readOpenDice } from "../../src/dice/open-dice.ts"
import { readTcbInfo, TCB_INFO } from "../../src/dice/tcb-info.ts"
import { readCertificate } from "../../src/x509/certificate.ts"
import { type Chain, verifyChain } from "../../src/x509/chain.ts"
import { DerError } from "../../src/x509/der.ts"

const file = (name: string): Buffer => readFileSync(new URL(`./vectors/${name}`, import.meta.url))
const pemsIn = (name: string): ReadonlyArray<Buffer> =>
  [
    ...file(name)
      .toString()
      .matchAll(/-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/g),
  ].map(([, body]) => Buffer.from(body!, "base64"))
const TIME = Date.UTC(2026, 10, 29)

const chainOf = (ders: ReadonlyArray<Uint8Array>, root: Uint8Array): Chain | string => {
  const options = { revoked: new Set<string>(), time: TIME, understood: UNDERSTOOD, timeless: true as const }
  return verifyChain(ders, { roots: [readCertificate(root)], ...options })
}
const wholeOf = (found: Chain | string): Chain => {
  if (typeof found === "string") throw new Error(found)
  return found
}
const digestsOf = (chain: Chain): ReadonlyArray<string> => {
  const found = layersOf(chain)
  if ("reason" in found) throw new Error(found.detail)
  return found.measured.map(({ digest }) => Buffer.from(digest).toString("hex"))
}

describe("an H100", () => {
  const [root] = pemsIn("h100-root.pem")
  const all = pemsIn("h100-chain.pem")
  const whole = (): Chain => wholeOf(chainOf(all, root!))

  it("leads to its maker's root, and says what its firmware is", () => {
    const chain = whole()
    expect(Buffer.from(chain.leaf.subject).toString("latin1")).toContain("GH100 A01 GSP FMC LF")
    expect(chain.certificates).toHaveLength(all.length - 1)
    expect(digestsOf(chain)).toEqual(["f5c384aebb579217a2c66b17ed0f28e6"])
    const { deviceKey, fwids } = readTcbInfo(chain.leaf.extensions.get(TCB_INFO)!.value)
    expect(fwids[0]).toHaveLength(48)
    const issuer = chain.certificates[1]!.key.export({ format: "der", type: "spki" })
    expect(Buffer.from(deviceKey!).equals(issuer)).toBe(true)
  })

  it("is refused where another device certifies the layer than the one that it names", () => {
    const { certificates, ...rest } = whole()
    const other = { ...certificates[1]!, key: certificates[2]!.key }
    expect(layersOf({ ...rest, certificates: [certificates[0]!, other, ...certificates.slice(2)] })).toMatchObject({
      reason: "evidence_key_mismatch",
    })
  })

  it("is refused under another root, without one of its certificates, and with one bit of it changed", () => {
    expect(chainOf(all, all[1]!)).toContain("no root")
    expect(chainOf([all[0]!, ...all.slice(2)], root!)).toContain("is not issued by the next")
    const changed = Buffer.from(all[0]!)
    const at = changed.indexOf(Buffer.from("f5c384ae", "hex"))
    changed[at]! ^= 1
    expect(chainOf([changed, ...all.slice(1)], root!)).toContain("is not issued by the next")
  })
})

describe("Open DICE", () => {
  const layers = [5, 4, 3, 2, 1, 0].map((n) => file(`open-dice-${n}.der`))
  const root = file("open-dice-uds.der")

  it("leads to the certificate of its secret; each of six layers says code, configuration and authority", () => {
    const digests = digestsOf(wholeOf(chainOf(layers, root)))
    expect(digests).toHaveLength(18)
    expect(new Set(digests).size).toBe(18)
    expect(digests.at(-3)).toBe("0cb6f7a8009c78bf742ef4af20234276")
    expect(digests.at(-1)).toBe("49e4a81e69cd80b8679c429358acdc2f")
  })

  it("is refused without a layer between, and where nobody reads its extension", () => {
    expect(chainOf([layers[0]!, ...layers.slice(2)], root)).toContain("is not issued by the next")
    const strict = { revoked: new Set<string>(), time: TIME, roots: [readCertificate(root)] }
    expect(verifyChain(layers, strict)).toContain("critical extension 1.3.6.1.4.1.11129.2.1.24")
  })

  const hash = `0440${"07".repeat(64)}`
  const input = (...members: ReadonlyArray<string>): Buffer => {
    const body = Buffer.from(members.join(""), "hex")
    return Buffer.concat([Buffer.from(body.length < 128 ? [0x30, body.length] : [0x30, 0x81, body.length]), body])
  }
  const code = `a042${hash}`

  it.each([
    ["a6030a0101", []],
    ["a6030a0100", ["notConfigured"]],
    ["a6030a0102", ["debug"]],
    ["a6030a0103", ["recovery"]],
    ["a6030a0109", ["notConfigured"]],
    ["", ["notConfigured"]],
  ])("of the mode %s is %j", (mode, flags) => {
    expect(readOpenDice(input(code, mode)).flags).toEqual(flags)
  })

  it("has the hash of the whole configuration, where it brings none", () => {
    const [one, other] = ["00", "01"].map(
      (last) => readOpenDice(input(code, `a3420440${"05".repeat(63)}${last}`)).fwids,
    )
    expect(one![1]).toHaveLength(32)
    expect(Buffer.from(one![1]!).subarray(0, 16).equals(Buffer.from(other![1]!).subarray(0, 16))).toBe(false)
    const hashed = readOpenDice(input(code, `a242${hash}`, "a3040402aabb"))
    expect(hashed.fwids.map(({ length }) => length)).toEqual([64, 64])
  })

  it.each([
    ["no hash of the code", input("a6030a0101")],
    ["members out of order", input("a6030a0101", code)],
    ["a member twice", input(code, code)],
    ["a member that is none", input(code, "a803040100")],
    ["a hash of another length", input("a0030401aa")],
    ["two values in one member", input("a0840440".concat("07".repeat(64), hash))],
  ])("with %s is no input", (_, bytes) => {
    expect(() => readOpenDice(bytes)).toThrow(DerError)
  })
})

it("RIoT: a composite device id, of version 1 alone", () => {
  const wrapped = file("riot-extension.der")
  // The extension as a CSR carries it: the value is the sequence behind the name.
  const value = wrapped.subarray(14)
  const { fwids, deviceKey } = readTcbInfo(value)
  expect(Buffer.from(fwids[0]!).toString("hex")).toMatch(/^6e340b9c/)
  expect(deviceKey).toHaveLength(91)
  const later = Buffer.from(value)
  later[value.indexOf(Buffer.from("020101", "hex")) + 2] = 2
  expect(() => readTcbInfo(later)).toThrow(DerError)
  expect(() => readTcbInfo(Buffer.concat([value, Buffer.of(0)]))).toThrow(DerError)
})
