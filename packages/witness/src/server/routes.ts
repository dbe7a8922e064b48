/** What a witness serves. Anybody may call: a checkpoint counts by its signature, whoever hands it in. */
import { type Answer, type Route, readBody } from "@assay/ingress"
import { logId, type WitnessStates } from "./states.ts"
import type { Witness } from "./witness.ts"

/** A proof has 63 hashes at most, a checkpoint three lines and the signatures of a log and its witnesses. */
const MAX_BODY = 64 << 10
/** Of evidence, in one answer. */
const MAX_FORKS = 20

const text = (body: string): Answer => ({ status: 200, type: "text/plain; charset=utf-8", body })

/** `GET /forks`: the evidence that is kept, of a witness or of a monitor. */
export const forksRoute = (states: Pick<WitnessStates, "forks">): Route => ({
  method: "GET",
  path: "/forks",
  right: null,
  handle: async () => ({
    status: 200,
    body: (await states.forks(MAX_FORKS)).map((evidence) => JSON.parse(evidence) as unknown),
  }),
})

/**
 * - `POST /add-checkpoint`: C2SP tlog-witness
 * - `GET /logs/{id}/checkpoint`: what was cosigned last; id is the SHA-256 of the log's origin in hex
 * - `GET /forks`: evidence of two histories
 * - `GET /`: which logs it knows, for people and monitors
 */
export const witnessRoutes = (witness: Witness, states: Pick<WitnessStates, "forks">): ReadonlyArray<Route> => {
  const byId = new Map(witness.origins.map((origin) => [logId(origin), origin]))
  return [
    {
      method: "POST",
      path: "/add-checkpoint",
      right: null,
      handle: async ({ incoming }) => witness.add((await readBody(incoming, MAX_BODY)).toString("utf8")),
    },
    {
      method: "GET",
      path: "/logs/{id}/checkpoint",
      right: null,
      handle: async ({ params }) => {
        const origin = byId.get(params[0]!)
        const note = origin === undefined ? null : await witness.read(origin)
        if (note !== null) return text(note)
        return { status: 404, type: "text/plain; charset=utf-8", body: "nothing of this log was cosigned here\n" }
      },
    },
    forksRoute(states),
    {
      method: "GET",
      path: "/",
      right: null,
      handle: () => ({ status: 200, body: { logs: Object.fromEntries(byId) } }),
    },
  ]
}
