/** `POST /v1/admin/control`: hands in a signed operator command. Whether it counts is decided by its signatures, in the log. */
import { submitControl } from "@assay/engine"
import type { Log } from "@assay/log"
import { RequestError, readBody } from "../request.ts"
import type { Route } from "../route.ts"
import { judged } from "./outcome.ts"

/** Bytes: a rejudgement carries the messages that it is about (`MAX_REJUDGEMENT`). */
const MAX_CONTROL = 256 << 10
const MAX_TOKENS = 8

export const controlRoute = (log: Log): Route => ({
  method: "POST",
  path: "/v1/admin/control",
  doc: {
    summary: "Hand in a signed operator command",
    takes: ["application/json"],
    answers: { 200: "Judged: `accepted` and `outcomes`", 202: "Durable, and not judged yet" },
  },
  right: "admin",
  role: "operator",
  handle: async ({ request, incoming }) => {
    const body = await readBody(incoming, MAX_CONTROL)
    const tokens = tokensOf(body)
    if (tokens === null)
      throw new RequestError(400, "control.malformed", `send {"tokens": [compact JWS, ...]}, at most ${MAX_TOKENS}`)
    // Where it lies in every partition, the target's own records the outcome.
    return judged(
      log,
      request,
      (outcomes) => outcomes.every((outcome) => outcome.accepted),
      async () => ({ origins: (await submitControl(log, tokens)).slice(0, 1) }),
    )
  },
})

const tokensOf = (body: Buffer): ReadonlyArray<string> | null => {
  try {
    const { tokens } = JSON.parse(body.toString("utf8")) as { tokens?: unknown }
    const fine =
      Array.isArray(tokens) &&
      tokens.length > 0 &&
      tokens.length <= MAX_TOKENS &&
      tokens.every((token) => typeof token === "string")
    return fine ? (tokens as ReadonlyArray<string>) : null
  } catch {
    return null // not JSON: answered with 400 by the caller
  }
}
