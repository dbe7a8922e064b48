/** `POST /v1/admin/knowledge/{kind}`: hands in a signed item of knowledge. Whether it counts is decided by its signatures, in the log. */
import { MAX_BODY_BYTES, publishKnowledge, UnreadableItem } from "@assay/engine"
import { KINDS, type Kinds } from "@assay/knowledge"
import type { Log } from "@assay/log"
import { RequestError, readBody } from "../request.ts"
import type { Route } from "../route.ts"
import { judged } from "./outcome.ts"

/** The caller's to correct: an item that has a home must name it. */
const unreadable = (cause: unknown): never => {
  throw cause instanceof UnreadableItem ? new RequestError(400, "knowledge.malformed", cause.message) : cause
}

/**
 * A route for each kind, so that a kind which this node does not know is not found.
 * @param kinds default: every kind that this version knows
 */
export const knowledgeRoutes = (log: Log, kinds: Kinds = KINDS): ReadonlyArray<Route> =>
  Object.values(kinds).map(({ name, maximum }) => ({
    method: "POST",
    path: `/v1/admin/knowledge/${name}`,
    right: "admin",
    role: "operator",
    handle: async ({ request, incoming }) => {
      const body = await readBody(incoming, Math.min(maximum.bytes, MAX_BODY_BYTES))
      if (body.length === 0) throw new RequestError(400, "knowledge.empty", `send the signed ${name} as the body`)
      return judged(
        log,
        request,
        (outcomes) => outcomes.every((outcome) => outcome.accepted),
        () => publishKnowledge(log, name, body, kinds).catch(unreadable),
      )
    },
  }))
