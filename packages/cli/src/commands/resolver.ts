/** `assay resolver`: looks for the documents of DIDs as a process of its own, and hands them in as signed knowledge over HTTP. */
import { rpcAt } from "@assay/anchor/evm"
import { wholeAnswer } from "@assay/calls"
import { healthRoutes, type RunningServer, readBody, startServer } from "@assay/ingress"
import { KINDS, kindOf } from "@assay/knowledge"
import { readLogConfiguration } from "@assay/node/log"
import { readRoots } from "@assay/node/roots"
import {
  getter,
  looker,
  type Peer,
  type RpcRequest,
  type RunningResolver,
  startResolver,
  type UniversalResolver,
} from "@assay/resolver"
import { HTTP, processEnvironment } from "@assay/settings"
import { STREAMS } from "@assay/streams"
import { allowedHosts } from "../allowed-hosts.ts"
import { NODE_OPTIONS, post, refusalOf } from "../client.ts"
import { type Arguments, type Command, EXIT, type ExitCode, UsageError } from "../command.ts"
import { openKey } from "../keys.ts"
import { METRICS_OPTION, metricsPortOf, type Observed, observed } from "../observed.ts"
import { DATA_OPTION, dataDirOf, openForReading } from "../open-log.ts"
import { complainOf, type Output } from "../output.ts"
import { throughOf, wordsOf } from "../registry/questions.ts"
import { ROOTS_OPTION } from "../roots.ts"
import { listenForStop } from "../stop-signal.ts"

const DSSE = "application/vnd.dsse.envelope+json"
const mediaTypeOf = (kind: string): string => kindOf(KINDS, kind)?.mediaType ?? DSSE
const HOUR_MS = 3_600_000
const STARTING = "it is starting"
/** For which another resolver has fetched what it vouches for. */
const PEER_MS = 30_000
/** Of a document of did:web (64 KiB) or of the answers of a registry (1 MiB), as text in JSON, in base64. */
const MAX_ENVELOPE_BYTES = 2 << 20

/** Off where it is not named. Its host stands among those that are allowed, as every other. */
const universalOf = (given: Arguments): UniversalResolver | undefined => {
  const text = given.text("universal")
  if (text === null) return undefined
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || url.protocol !== "https:" || url.port !== "")
    throw new UsageError(`--universal takes the https address of a Universal Resolver without a port, and not ${text}`)
  return { host: url.hostname, path: url.pathname.replace(/\/$/, "") }
}

/** Nodes of chains, by the network that DIDs name. */
const ethrOf = (given: Arguments): { nodes: ReadonlyMap<string, RpcRequest>; confirmations: number } | undefined => {
  const nodes = new Map<string, RpcRequest>()
  for (const text of wordsOf(given, "ethr")) {
    const at = text.indexOf("=")
    const [network, url] = [text.slice(0, at), text.slice(at + 1)]
    if (at < 1 || !URL.canParse(url) || !["http:", "https:"].includes(new URL(url).protocol))
      throw new UsageError("--ethr takes NETWORK=URL, the JSON-RPC address of a node of that network")
    nodes.set(network, rpcAt(url, { maxBytes: 4 << 20 }))
  }
  return nodes.size === 0 ? undefined : { nodes, confirmations: given.whole("confirmations", 0, 10_000) }
}

/** Looks once, signs nothing: what a document comes to under the hosts that are allowed. */
const lookOnce = async (given: Arguments, did: string, output: Output): Promise<ExitCode> => {
  const look = looker({
    get: getter({ hosts: allowedHosts(given) }),
    now: Date.now,
    hardMs: HOUR_MS,
    universal: universalOf(given),
  })
  const found = await look(did)
  if ("why" in found) {
    output.result({ did, ...found }, () => output.say(`${did} could not be had (${found.why}): ${found.detail}`))
    return EXIT.failed
  }
  const { published, witness } = found
  output.result({ did, published, witness }, () => output.say(published.trimEnd()))
  return EXIT.ok
}

/** Where other resolvers are asked. A document of did:web is small: what is sent is bounded by that of a log. */
const peersOf = (given: Arguments): ReadonlyArray<Peer> =>
  (given.text("peers")?.split(",") ?? []).map((text) => {
    const url = URL.canParse(text) ? new URL("/v1/vouch", text) : null
    if (url === null || !["http:", "https:"].includes(url.protocol))
      throw new UsageError(`--peers takes the addresses of other resolvers, and not ${JSON.stringify(text)}`)
    return async (envelope) => {
      const { status, body } = await wholeAnswer(
        url.href,
        { method: "POST", body: Buffer.from(envelope), headers: { "content-type": DSSE } },
        { timeoutMs: PEER_MS, maxBytes: MAX_ENVELOPE_BYTES },
      )
      if (status < 200 || status > 299)
        throw new Error(`${url.host} answers ${status}: ${body.toString("utf8").slice(0, 200)}`)
      return body
    }
  })

/** Answers other resolvers, where a port is named. Anybody may call: a question counts by the signature of a resolver. */
const vouching = async (
  given: Arguments,
  { vouch, notReady }: RunningResolver,
  { metrics }: Observed,
): Promise<RunningServer | null> => {
  if (given.text("listen") === null) return null
  return startServer({
    host: given.required("host"),
    port: given.whole("listen", 0, 65_535),
    access: { tokens: [], certificates: [], open: false },
    routes: [
      ...healthRoutes({ metrics, notReady }),
      {
        method: "POST",
        path: "/v1/vouch",
        right: null,
        handle: async ({ incoming }) => {
          const found = await vouch(await readBody(incoming, MAX_ENVELOPE_BYTES))
          return "detail" in found
            ? { status: 409, body: { error: "resolver.not_vouched", message: found.detail } }
            : { status: 200, type: DSSE, body: Buffer.from(found) }
        },
      },
    ],
    onRefused: () => undefined,
    onProblem: (cause) => complainOf("a call failed", cause),
  })
}

const run = async (given: Arguments, output: Output): Promise<ExitCode> => {
  const hosts = allowedHosts(given)
  const [soft, hard] = [given.whole("soft", 1, 167), given.whole("hard", 2, 168)]
  if (soft >= hard)
    throw new UsageError("--soft must be less than --hard: a document is looked at again before it counts no more")
  const roots = readRoots(given.required("roots"), dataDirOf(given, readLogConfiguration(processEnvironment())))
  const key = await openKey(given.required("key"))
  const log = await openForReading(given, { streams: [STREAMS.rejected, STREAMS.knowledge] })
  const stop = listenForStop()
  let server: RunningServer | null = null
  let watched: Observed | null = null
  try {
    let running: RunningResolver | null = null
    watched = await observed("assay-resolver", log, metricsPortOf(given), {
      host: given.required("metrics-host"),
      notReady: () => (running === null ? STARTING : running.notReady()),
    })
    const { metrics } = watched
    const started = startResolver({
      peers: peersOf(given),
      through: new Map(throughOf(given).map(({ authority, url }) => [authority, url])),
      signerMs: given.whole("signer-every", 10, 86_400) * 1_000,
      watch: {
        looked: (method, outcome, seconds) => metrics.resolverLooked(method, outcome, seconds),
        asked: (outcome) => metrics.resolverAsked(outcome),
        handedIn: (kind) => metrics.resolverHandedIn(kind),
        failed: (kind) => metrics.resolverFailed(kind),
      },
      log,
      roots,
      key,
      fetch: { hosts },
      universal: universalOf(given),
      ethr: ethrOf(given),
      softMs: soft * HOUR_MS,
      hardMs: hard * HOUR_MS,
      statusMs: given.whole("status-every", 1, 86_400) * 1_000,
      hostPerMinute: given.whole("host-rate", 1, 100_000),
      principalPerMinute: given.whole("principal-rate", 1, 100_000),
      publish: async (kind, signed) => {
        const answer = await post(given, `/v1/admin/knowledge/${kind}`, mediaTypeOf(kind), signed)
        if (!answer.ok) throw refusalOf(answer)
      },
      onProblem: complainOf,
      onHandedIn: (kind, name, detail) => output.progress(`${kind} ${name}: ${detail}`),
    })
    running = started
    metrics.registry.onCollect(() => metrics.observeResolver(started.state()))
    server = await vouching(given, started, watched)
    if (server !== null) output.progress(`other resolvers ask at ${server.url}/v1/vouch`)
    output.progress(`${key.did} vouches for documents; stop it with an interrupt`)
    await stop.stopped
    await server?.close()
    server = null
    await started.stop()
    return EXIT.ok
  } finally {
    stop.release()
    await server?.close()
    await watched?.stop()
    await log.close()
    await key.close()
  }
}

export const resolver: Command = {
  name: "resolver",
  summary: "fetch documents of DIDs and status lists of issuers, and hand them in as knowledge",
  usage: "resolver --key FILE --allow HOSTS [--peers URLS] [--roots FILE] [--data DIR], or resolver --allow HOSTS DID",
  details: `Follows who was turned away for want of a document, and looks for it where a credential of a trusted issuer names the DID.
Fetches the status lists that the bundle lets issuers publish (issuers, status.lists), and hands in each newer one as it is.
Looks at the documents of issuers and operators that the bundle names by did:web or did:webvh, and renews what trust registries answered.
The trust bundle names the key's DID among its resolvers. With a DID it looks once, and writes what is published there.
HOSTS is a file with a host on each line, or a list with commas: id.example.com, *.example.com (hosts below it),
id.plant.example:8443@10.1.0.0/16 (a port, and the network that its address must lie in; else the address must be public).
Handing in takes the right admin (--token).`,
  takes: 1,
  options: {
    key: { type: "string", value: "FILE", help: "the resolver's key" },
    allow: { type: "string", value: "HOSTS", help: "the hosts that may be asked: a file, or a list" },
    soft: { type: "string", value: "HOURS", default: "6", help: "a document is looked at again after so long" },
    hard: { type: "string", value: "HOURS", default: "72", help: "it counts for so long after it was seen" },
    "host-rate": { type: "string", value: "N", default: "60", help: "requests to one host in a minute" },
    "principal-rate": {
      type: "string",
      value: "N",
      default: "60",
      help: "DIDs that one principal may ask for in a minute",
    },
    "status-every": {
      type: "string",
      value: "SECONDS",
      default: "10",
      help: "a status list is asked for again after so long, unless it says that it may be kept for longer",
    },
    universal: {
      type: "string",
      value: "URL",
      help: "a Universal Resolver for other methods, which the bundle names too",
    },
    listen: { type: "string", value: "PORT", help: "answer other resolvers on this port" },
    host: { type: "string", value: "HOST", default: HTTP.httpHost.fallback, help: "the address that it answers on" },
    peers: {
      type: "string",
      value: "URLS",
      help: "other resolvers, with commas, where the bundle asks for several (did:web)",
    },
    ethr: {
      type: "string",
      value: "NETWORK=URL",
      help: "nodes of chains for did:ethr, with commas (mainnet=https://...)",
    },
    confirmations: {
      type: "string",
      value: "N",
      default: "32",
      help: "blocks that must stand above what is read of a chain",
    },
    "signer-every": {
      type: "string",
      value: "SECONDS",
      default: "300",
      help: "documents of issuers and operators are looked at after so long",
    },
    through: {
      type: "string",
      value: "AUTHORITY=URL",
      help: "where authorities behind trust registries answer, with commas",
    },
    ...METRICS_OPTION,
    ...ROOTS_OPTION,
    ...DATA_OPTION,
    ...NODE_OPTIONS,
  },
  run: (given, output) => {
    const [did] = given.positionals
    return did === undefined ? run(given, output) : lookOnce(given, did, output)
  },
}
