/** Answers devices that ask for their renewal. One at a time works on the register; other commands work on it in between. */
import { RequestError, type RunningServer, readBody, startServer } from "@assay/ingress"
import { type Arguments, EXIT, type ExitCode, UsageError } from "../command.ts"
import { type OpenKey, withKey } from "../keys.ts"
import { complainOf, type Output } from "../output.ts"
import { listenForStop } from "../stop-signal.ts"
import { issuerDocuments } from "./issuer-document.ts"
import { type NotRenewed, type RenewalTerms, readRenewal, renewFor } from "./renewal.ts"
import { SharedRegister } from "./shared-register.ts"

const DAY_MS = 86_400_000
/** A presentation of four credentials. */
const MAX_REQUEST_BYTES = 160 << 10
/** Requests that wait for the register. */
const MAX_WAITING = 256
const RETRY_MS = 1_000

const termsOf = (given: Arguments): RenewalTerms => {
  const aud = given.required("aud")
  if (!/^[A-Za-z][A-Za-z0-9+.-]*:[!-~]+$/.test(aud))
    throw new UsageError(`--aud takes a URI that devices sign for, not ${aud}`)
  return {
    register: new SharedRegister(given.required("register")),
    aud,
    days: given.whole("days", 1, 36_500),
    beforeMs: given.whole("before", 1, 3_650) * DAY_MS,
  }
}

/** @param onRenewed hears of each */
export const serveRenewals = (
  listen: { readonly host: string; readonly port: number },
  terms: RenewalTerms,
  issuer: OpenKey,
  onRenewed: (device: string) => void,
): Promise<RunningServer> => {
  let waiting = 0
  let last: Promise<unknown> = Promise.resolve()
  /** In the order in which they came. */
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const mine = last.then(work)
    last = mine.catch(() => undefined)
    return mine
  }
  const refused = ({ status, code, message }: NotRenewed): RequestError =>
    new RequestError(status, code, message, status === 503 ? RETRY_MS : null)
  return startServer({
    ...listen,
    access: { tokens: [], certificates: [], open: false },
    routes: [
      {
        method: "POST",
        path: "/v1/renewals",
        right: null,
        handle: async ({ incoming }) => {
          const asked = readRenewal(await readBody(incoming, MAX_REQUEST_BYTES), terms, issuer.did, Date.now())
          if ("code" in asked) throw refused(asked)
          if (waiting >= MAX_WAITING)
            throw new RequestError(503, "renewal.busy", "too many wait for the register: ask again later", RETRY_MS)
          waiting++
          const found = await inTurn(() => renewFor(asked, terms, issuer, Date.now())).finally(() => waiting--)
          if ("code" in found) throw refused(found)
          onRenewed(asked.device)
          return { status: 200, type: "text/plain", body: `${found.credential}\n` }
        },
      },
    ],
    onRefused: () => undefined,
    onProblem: (cause) => complainOf("a renewal failed", cause),
  })
}

export const serve = async (given: Arguments, output: Output): Promise<ExitCode> => {
  const asked = termsOf(given)
  const listen = { host: given.required("host"), port: given.whole("listen", 0, 65_535) }
  return withKey(given.required("issuer"), async (issuer) => {
    const terms = { ...asked, documents: issuerDocuments(issuer, given.text("document")) }
    const stop = listenForStop()
    const server = await serveRenewals(listen, terms, issuer, (device) => output.progress(`renewed for ${device}`))
    try {
      output.progress(`devices ask at ${server.url}/v1/renewals, signed for ${terms.aud}; stop it with an interrupt`)
      await stop.stopped
    } finally {
      stop.release()
      await server.close()
      terms.register.close()
    }
    return EXIT.ok
  })
}
