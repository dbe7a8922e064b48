import { dsseSign } from "@assay/jose"
import { type Actor, actor, bundleOf } from "@assay/testkit/actors"
import type { TrustBundle } from "@assay/trust"
import { expect, it } from "vitest"
import { KnowledgeInForce } from "../src/in-force.ts"
import type { KnowledgeKind } from "../src/kind.ts"
import { BUNDLE } from "../src/kinds/bundle/kind.ts"
import { signBundle } from "../src/kinds/bundle/open.ts"
import { POLICY } from "../src/kinds/policy/kind.ts"
import { POLICY_PAYLOAD_TYPE } from "../src/kinds/policy/open.ts"
import { SMALL } from "./kinds/policy/small.ts"

const [old, next, issuer] = [actor(), actor("ES256"), actor()]
const bundle = (over: Partial<TrustBundle>, ...signers: ReadonlyArray<Actor>) => ({
  kind: BUNDLE.name,
  body: signBundle(bundleOf(issuer, over), signers),
})
const policy = (version: number, signer: Actor) => ({
  kind: POLICY.name,
  body: dsseSign(POLICY_PAYLOAD_TYPE, Buffer.from(SMALL.replace("version: 2", `version: ${version}`)), [signer]),
})
const following = (kinds: ReadonlyArray<KnowledgeKind> = [BUNDLE, POLICY]): KnowledgeInForce =>
  new KnowledgeInForce({ roots: [old.did], threshold: 1 }, kinds)

it("the newest of a subject is in force, whatever comes after it", () => {
  const now = following()
  expect(now.get(POLICY)).toBeNull()
  expect(now.take(policy(2, old))?.active.version).toBe(2)
  expect(now.take(policy(1, old))).toBeNull()
  expect(now.take(policy(2, old))).toBeNull()
  expect(now.get(POLICY)?.body.version).toBe(2)
  expect(now.all(POLICY).map(({ version }) => version)).toEqual([2])
})

it("what the roots did not sign is not in force, nor a kind that is not followed", () => {
  expect(following().take(policy(1, next))).toBeNull()
  const now = following([BUNDLE])
  expect(now.take(policy(1, old))).toBeNull()
  expect(now.get(POLICY)).toBeNull()
})

it("a bundle leads on to other roots", () => {
  const now = following()
  now.take(bundle({ version: 2, nextRoots: { roots: [next.did], threshold: 1 } }, old, next))
  expect(now.take(policy(1, old))).toBeNull()
  expect(now.take(policy(1, next))?.active.version).toBe(1)
})
