/** What a registry answered comes into force where resolvers of the bundle signed it, and the bundle names the registry; and for no longer. */
import { dsseSign } from "@assay/jose"
import { actor, bundleOf } from "@assay/testkit/actors"
import type { RegistryAnswers, TrustBundle, TrustedRegistry } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { TRUST_REGISTRY, TRUST_REGISTRY_TYPE } from "../../../src/kinds/trust-registry/kind.ts"

const [one, two, stranger, operator] = [actor(), actor(), actor(), actor()]
const registry: TrustedRegistry = {
  authority: "https://registry.example/",
  url: "https://registry.example/trqp",
  framework: "urn:framework:1",
  resolvers: 2,
  maxAgeMs: 3_600_000,
  depth: 1,
  scope: { credentialTypes: ["*"], vendors: ["*"], measurements: ["*"], actions: [], maxAssurance: "software" },
  levels: [],
}
const bundle: TrustBundle = bundleOf(actor(), {
  operators: [{ did: operator.did, rights: ["quarantine"] }],
  resolvers: { dids: [one.did, two.did] },
  registries: [registry],
})
const context = {
  roots: { roots: [stranger.did], threshold: 1 },
  bundle: { hash: "h", version: 1, expires: bundle.expires, body: bundle },
}
const CHECKED = 1_800_000_000_000
const body: RegistryAnswers = {
  authority: registry.authority,
  framework: registry.framework,
  checked: CHECKED,
  expires: CHECKED + 3_600_000,
  answers: [
    {
      query: "authorization",
      authority: registry.authority,
      entity: actor().did,
      action: "issue",
      resource: "AssayDeviceCredential",
      level: null,
      holds: true,
      evaluated: CHECKED - 1_000,
      expires: CHECKED,
    },
  ],
}
const [answer] = body.answers
const open = (over: Partial<RegistryAnswers> = {}, signers = [one, two], type = TRUST_REGISTRY_TYPE) =>
  TRUST_REGISTRY.open(dsseSign(type, Buffer.from(JSON.stringify({ ...body, ...over })), signers), context)

describe("the answers of a registry", () => {
  it("come into force under the signatures of as many resolvers as the bundle asks for", () => {
    expect(open()).toEqual({ version: Math.floor(CHECKED / 1_000), body, subject: registry.authority })
  })

  it.each<[string, ReturnType<typeof open>, string, RegExp]>([
    ["one resolver", open({}, [one]), "control.knowledge_unsigned", /1 of 2 resolvers/],
    ["a resolver and a stranger", open({}, [one, stranger]), "control.knowledge_unsigned", /1 of 2 resolvers/],
    ["a stranger", open({}, [stranger]), "control.knowledge_unsigned", /./],
    [
      "another registry",
      open({ authority: "https://other.example/" }),
      "control.knowledge_unsigned",
      /names no registry/,
    ],
    ["another framework", open({ framework: "urn:framework:2" }), "control.knowledge_malformed", /framework/],
    ["a longer life", open({ expires: CHECKED + 3_600_001 }), "control.knowledge_malformed", /maximum of the bundle/],
    [
      "an answer of a longer life",
      open({ answers: [{ ...answer!, expires: CHECKED + 3_600_000 }] }),
      "control.knowledge_malformed",
      /answers\[0\]/,
    ],
    [
      "an answer of later than it was captured",
      open({ answers: [{ ...answer!, evaluated: CHECKED + 61_000, expires: CHECKED + 62_000 }] }),
      "control.knowledge_malformed",
      /after it was captured/,
    ],
    [
      "the key of an operator as issuer",
      open({ answers: [{ ...answer!, entity: operator.did }] }),
      "control.knowledge_malformed",
      /an operator; a key has one role/,
    ],
    [
      "the key of a root as issuer",
      open({ answers: [{ ...answer!, entity: stranger.did }] }),
      "control.knowledge_malformed",
      /a root; a key has one role/,
    ],
    ["no answer", open({ answers: [] }), "control.knowledge_malformed", /1 to/],
    ["another type", open({}, [one, two], "text/plain"), "control.knowledge_malformed", /./],
  ])("do not with %s", (_, opened, reason, detail) => {
    expect(opened).toMatchObject({ reasons: [reason], detail: expect.stringMatching(detail) })
  })

  it("explains what they are", () => {
    expect(TRUST_REGISTRY.plain.explain!(body)[1]).toMatch(/authorizes did:.* issue AssayDeviceCredential, until/)
  })
})
