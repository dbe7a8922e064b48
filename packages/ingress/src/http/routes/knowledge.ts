/** `POST /v1/admin/knowledge/{kind}`: hands in a signed item of knowledge. Whether it counts is decided by its signatures, in the log. */
import { MAX_BODY_BYTES, publishKnowledge } from "@assay/engine"
import type { Log } from "@assay/log"
import { RequestError, readBody } from "../request.ts"
import type { Route } from "../route.ts"
import { judged } from "./outcome.ts"

type Kind = Parameters<typeof publishKnowledge>[1]

/** A route for each kind, so that a kind which this node does not know is not found. */
export const knowledgeRoutes = (log: Log, kinds: ReadonlyArray<Kind>): ReadonlyArray<Route> =>
  kinds.map((kind) => ({
    method: "POST",
    path: `/v1/admin/knowledge/${kind}`,
    right: "admin",
    role: "operator",
    handle: async ({ request }) => {
      const body = await readBody(request, MAX_BODY_BYTES)
      if (body.length === 0) throw new RequestError(400, "knowledge.empty", `send the signed ${kind} as the body`)
      return judged(
        log,
        request,
        (outcomes) => outcomes.every((outcome) => outcome.accepted),
        () => publishKnowledge(log, kind, body),
      )
    },
  }))
