/** Knowledge into force at a node of its own. */
import type { World } from "@assay/fleet"
import type { Instance } from "../cluster/instance.ts"

/** @throws Error where the node refuses */
export const activate = async (node: Pick<Instance, "url">, world: World): Promise<void> => {
  for (const [kind, body] of world.signedItems) {
    const answer = await fetch(`${node.url}/v1/admin/knowledge/${kind}`, { method: "POST", body: Buffer.from(body) })
    const { accepted } = (await answer.json()) as { readonly accepted?: boolean }
    if (accepted !== true) throw new Error(`the node does not accept the ${kind} (${answer.status})`)
  }
}
