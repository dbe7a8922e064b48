/**
 * `POST /v1/admin/knowledge/{kind}`: hands in a signed item of knowledge. Its signatures are checked before anything is
 * stored; whether it comes into force is decided by the entries, which check them again.
 */
import { MAX_BODY_BYTES, publishKnowledge, UnreadableItem } from "@assay/engine"
import { KINDS, type Kinds, type KnowledgeKind, type OpenContext, openItem } from "@assay/knowledge"
import type { Log } from "@assay/log"
import { RequestError, readBody } from "../request.ts"
import type { Route } from "../route.ts"
import { judged } from "./outcome.ts"

const RETRY_MS = 1_000

/** The caller's to correct: an item that has a home must name it. */
const unreadable = (cause: unknown): never => {
  throw cause instanceof UnreadableItem ? new RequestError(400, "knowledge.malformed", cause.message) : cause
}

/** What items are checked against before they are taken; null where the process knows no partition's knowledge now. */
export type Authority = () => OpenContext | null

/** @throws RequestError where the item is not signed as its kind asks, or cannot be read */
const mustBeSigned = (kind: KnowledgeKind, body: Buffer, authority: Authority): void => {
  const context = authority()
  if (context === null)
    throw new RequestError(
      503,
      "knowledge.not_ready",
      "this process judges no partition now, so it cannot check signatures: try again, or at another process",
      RETRY_MS,
    )
  const opened = openItem(kind, body, context)
  if ("reasons" in opened) throw new RequestError(400, opened.reasons[0]!, `${kind.title}: ${opened.detail}`)
}

/**
 * A route for each kind, so that a kind which this node does not know is not found.
 * @param kinds default: every kind that this version knows
 */
export const knowledgeRoutes = (log: Log, authority: Authority, kinds: Kinds = KINDS): ReadonlyArray<Route> =>
  Object.values(kinds).map((kind) => ({
    method: "POST",
    path: `/v1/admin/knowledge/${kind.name}`,
    doc: {
      summary: `Hand in ${kind.title}, signed, to be activated`,
      takes: [kind.mediaType],
      answers: { 200: "Judged by every partition: `accepted` and `outcomes`", 202: "Durable, and not judged yet" },
    },
    right: "admin",
    role: "operator",
    handle: async ({ request, incoming }) => {
      const { name, maximum } = kind
      const body = await readBody(incoming, Math.min(maximum.bytes, MAX_BODY_BYTES))
      if (body.length === 0) throw new RequestError(400, "knowledge.empty", `send the signed ${name} as the body`)
      mustBeSigned(kind, body, authority)
      return judged(
        log,
        request,
        (outcomes) => outcomes.every((outcome) => outcome.accepted),
        () => publishKnowledge(log, name, body, kinds).catch(unreadable),
      )
    },
  }))
