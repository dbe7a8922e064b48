/** Which firmware advisories are about, by digest and by what bills of materials say is in it. */
import type { FirmwareRelease } from "@assay/attestation"
import { describe, expect, it } from "vitest"
import { type AdvisoryDocument, matchAdvisory, readCsaf, readOpenVex, readOsv, readSbom } from "../../src/index.ts"

const A = "aa".repeat(32)
const B = "bb".repeat(32)
const release = (version: string, digest: string): FirmwareRelease => ({
  version,
  svn: 1,
  digest,
  status: "good",
  components: [],
})
const references = { firmware: { releases: [release("1.0", A), release("2.0", B)], minimumSvn: 0, rollouts: [] } }

const json = (value: object): Uint8Array => Buffer.from(JSON.stringify(value))
const cyclone = (version: string, digest: string | null, library: string) =>
  readSbom(
    json({
      bomFormat: "CycloneDX",
      specVersion: "1.6",
      metadata: {
        component: {
          type: "firmware",
          name: "pump",
          version,
          purl: `pkg:generic/acme/pump@${version}`,
          ...(digest === null ? {} : { hashes: [{ alg: "SHA-256", content: digest.toUpperCase() }] }),
        },
      },
      components: [
        {
          type: "library",
          name: "outer",
          components: [{ type: "library", name: "tls", version: library, purl: `pkg:npm/%40acme/tls@${library}` }],
        },
      ],
    }),
  )
const spdx = (digest: string, library: string) =>
  readSbom(
    json({
      spdxVersion: "SPDX-2.3",
      documentDescribes: ["SPDXRef-fw"],
      packages: [
        {
          SPDXID: "SPDXRef-fw",
          name: "pump",
          versionInfo: "1.0",
          checksums: [{ algorithm: "SHA256", checksumValue: digest }],
        },
        {
          SPDXID: "SPDXRef-tls",
          name: "tls",
          versionInfo: library,
          externalRefs: [
            { referenceType: "purl", referenceLocator: `pkg:npm/%40acme/tls@${library}` },
            { referenceType: "cpe23Type", referenceLocator: `cpe:2.3:a:acme:tls:${library}:*:*:*:*:*:*:*` },
          ],
        },
      ],
    }),
  )

const osv = (affected: object, more: object = {}) =>
  readOsv(json({ id: "GHSA-1", summary: "a hole", affected: [affected], ...more }))
const TLS = { ecosystem: "npm", name: "@acme/tls" }
const range = (...events: ReadonlyArray<object>) => ({ package: TLS, ranges: [{ type: "SEMVER", events }] })

const hit = (documents: ReadonlyArray<AdvisoryDocument>, ...sboms: ReadonlyArray<ReturnType<typeof readSbom>>) =>
  matchAdvisory(documents, references, sboms).map(({ release: one, because }) => [one.version, ...because])

describe("OSV", () => {
  it.each([
    ["before the first affected one", "1.1.9", []],
    ["the first affected one", "1.2.0", [["1.0", "pkg:npm/%40acme/tls@1.2.0"]]],
    ["a release candidate of the fixed one", "1.4.0-rc.1", [["1.0", "pkg:npm/%40acme/tls@1.4.0-rc.1"]]],
    ["the fixed one", "1.4.0", []],
    ["one that cannot be compared", "build-7", [["1.0", "pkg:npm/%40acme/tls@build-7"]]],
  ])("of a range: %s", (_what, version, expected) => {
    expect(hit([osv(range({ introduced: "1.2.0" }, { fixed: "1.4.0" }))], cyclone("1.0", A, version))).toEqual(expected)
  })

  it("of listed versions", () => {
    const document = osv({ package: TLS, versions: ["1.3.1"] })
    expect(hit([document], cyclone("1.0", A, "1.3.1"))).toHaveLength(1)
    expect(hit([document], cyclone("1.0", A, "1.3.2"))).toEqual([])
  })

  it("without versions is about all, of another package about none, and withdrawn about none", () => {
    expect(hit([osv({ package: TLS })], cyclone("1.0", A, "9"))).toHaveLength(1)
    expect(hit([osv({ package: { ...TLS, name: "tls" } })], cyclone("1.0", A, "9"))).toHaveLength(1)
    expect(hit([osv({ package: { ...TLS, name: "other" } })], cyclone("1.0", A, "9"))).toEqual([])
    expect(hit([osv({ package: TLS }, { withdrawn: "2030-01-01T00:00:00Z" })], cyclone("1.0", A, "9"))).toEqual([])
  })

  it("ends with the last affected one, and begins at zero", () => {
    const document = osv(range({ introduced: "0" }, { last_affected: "2.0.0" }))
    expect(hit([document], spdx(A, "2.0.0"))).toHaveLength(1)
    expect(hit([document], spdx(A, "2.0.1"))).toEqual([])
  })
})

const vex = (...statements: ReadonlyArray<object>) =>
  readOpenVex(
    json({
      "@context": "https://openvex.dev/ns/v0.2.0",
      "@id": "https://acme.example/vex/1",
      timestamp: "2030-01-01T00:00:00Z",
      statements: statements.map((one) => ({ vulnerability: { name: "CVE-2030-1" }, ...one })),
    }),
    null,
  )

describe("OpenVEX", () => {
  it("is about an image by its digest, without any bill of materials", () => {
    const products = [{ "@id": "urn:pump", hashes: { "sha-256": B } }]
    expect(hit([vex({ status: "affected", products })])).toEqual([["2.0", "firmware 2.0"]])
    expect(hit([vex({ status: "under_investigation", products })])).toEqual([])
  })

  it("clears what OSV finds in a part, and the later statement counts", () => {
    const products = [{ "@id": "pkg:generic/acme/pump@1.0" }]
    const found = osv({ package: TLS })
    expect(hit([found, vex({ status: "not_affected", products })], cyclone("1.0", A, "1"))).toEqual([])
    expect(
      hit([found, vex({ status: "not_affected", products }, { status: "affected", products })], cyclone("1.0", A, "1")),
    ).toHaveLength(1)
    const of = [{ "@id": "pkg:generic/acme/pump@2.0" }]
    expect(hit([found, vex({ status: "fixed", products: of })], cyclone("1.0", A, "1"))).toHaveLength(1)
  })

  it("on a part of a product is about the part", () => {
    const products = [{ "@id": "pkg:generic/x", subcomponents: [{ "@id": "pkg:npm/%40acme/tls@1" }] }]
    expect(hit([vex({ status: "affected", products })], cyclone("1.0", A, "1"))).toHaveLength(1)
    expect(hit([vex({ status: "affected", products })], cyclone("1.0", A, "2"))).toEqual([])
  })

  it("needs one vulnerability, and a status that it knows", () => {
    expect(() =>
      vex({ status: "affected", products: [] }, { status: "affected", vulnerability: { name: "CVE-2" } }),
    ).toThrow(/several vulnerabilities: name one of CVE-2030-1, CVE-2/)
    expect(() => vex({ status: "fine", products: [] })).toThrow(/status "fine"/)
  })
})

const csaf = (status: object) =>
  readCsaf(
    json({
      document: {
        csaf_version: "2.0",
        title: "a hole",
        tracking: { id: "ACME-1", initial_release_date: "2030-01-01T00:00:00Z" },
      },
      product_tree: {
        branches: [
          {
            branches: [
              {
                product: {
                  product_id: "P1",
                  product_identification_helper: {
                    hashes: [{ file_hashes: [{ algorithm: "sha256", value: A }], filename: "x" }],
                  },
                },
              },
            ],
          },
        ],
        full_product_names: [
          { product_id: "P2", product_identification_helper: { cpe: "cpe:2.3:a:acme:tls:1.0:*:*:*:*:*:*:*" } },
        ],
      },
      vulnerabilities: [{ cve: "CVE-2030-1", product_status: status }],
    }),
    null,
  )

describe("CSAF", () => {
  it("is about products by digest and by CPE", () => {
    expect(hit([csaf({ known_affected: ["P1"] })])).toEqual([["1.0", "firmware 1.0"]])
    expect(hit([csaf({ known_affected: ["P2"] })], spdx(B, "1.0"))).toEqual([["2.0", "pkg:npm/%40acme/tls@1.0"]])
    expect(hit([csaf({ known_affected: ["P2"] })], spdx(B, "1.1"))).toEqual([])
    expect(hit([csaf({ known_not_affected: ["P1"] }), osv({ package: TLS })], spdx(A, "1.0"))).toEqual([])
  })
})

describe("a bill of materials", () => {
  it("without a digest is that of the release of its version", () => {
    expect(hit([osv({ package: TLS })], cyclone("2.0", null, "1"))).toEqual([["2.0", "pkg:npm/%40acme/tls@1"]])
  })

  it("of no listed release is refused, and so is one that does not say of what it is", () => {
    const other = expect.objectContaining({ reason: "firmware.other_model" })
    expect(() => hit([osv({ package: TLS })], cyclone("1.0", "cc".repeat(32), "1"))).toThrow(other)
    expect(() => hit([osv({ package: TLS })], cyclone("3.0", null, "1"))).toThrow(other)
    expect(() => readSbom(json({ bomFormat: "CycloneDX", components: [] }))).toThrow(/metadata.component is missing/)
    expect(() => readSbom(json({ spdxVersion: "SPDX-2.3", packages: [] }))).toThrow(/describes 0 packages/)
    expect(() => readSbom(json({ "@context": "spdx 3" }))).toThrow(/neither CycloneDX nor SPDX 2/)
  })
})

it.each([
  readOsv,
  (bytes: Uint8Array) => readOpenVex(bytes, null),
  (bytes: Uint8Array) => readCsaf(bytes, null),
  readSbom,
])("whatever else the bytes are, a reason is given (%#)", (read) => {
  for (const bytes of [
    "",
    "{",
    "[]",
    "{}",
    '{"id":1}',
    '{"id":"x","affected":3}',
    '{"spdxVersion":"SPDX-2.3","packages":[1]}',
  ])
    expect(() => read(Buffer.from(bytes))).toThrow(expect.objectContaining({ _tag: "FirmwareError" }))
})
