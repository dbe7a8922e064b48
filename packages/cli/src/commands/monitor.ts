/** `assay monitor`: follows logs and their witnesses from outside, and checks evidence of a fork. */
import { setTimeout as delay } from "node:timers/promises"
import { startServer } from "@assay/ingress"
import { lockDir } from "@assay/log/embedded"
import { HTTP } from "@assay/settings"
import { NoteError, type PolicyLog, readCheckpoint, verifyFork } from "@assay/transparency"
import { makeDirectory } from "@assay/transparency/storage"
import { Follower, pageOf, sourceAt, type View } from "@assay/witness/monitor"
import { forksRoute, WitnessStates } from "@assay/witness/server"
import { chainWatch } from "../anchor/chain-watch.ts"
import { type Arguments, type Command, EXIT, type ExitCode, UsageError } from "../command.ts"
import { readInput } from "../files.ts"
import { complain, complainOf, type Output } from "../output.ts"
import { listenForStop } from "../stop-signal.ts"
import { byAnyKey, keysOf, policyIn, readKeys } from "../verifier-keys.ts"

const isRead = (log: PolicyLog): log is PolicyLog & { readonly url: string } => log.url !== null

/** Whether a file shows that a log's key signed two histories. */
const checkEvidence = (path: string, keys: string, output: Output): ExitCode => {
  const text = readInput(path, "the evidence").toString("utf8")
  try {
    const note = (JSON.parse(text) as { a?: unknown } | null)?.a
    const { origin } = readCheckpoint(typeof note === "string" ? note : "")
    const { a, b } = byAnyKey(keysOf(readKeys(keys), origin), (key) => verifyFork(text, key))
    const heads = [a, b].map(({ size, root }) => ({ size, root: Buffer.from(root).toString("base64") }))
    output.result({ fork: true, log: origin, heads }, () => {
      output.say(`${output.colour("FORK", "red")}: the key of ${origin} signed two histories`)
      for (const { size, root } of heads) output.say(`  ${size} leaves, root ${root}`)
    })
    return EXIT.ok
  } catch (cause) {
    if (!(cause instanceof NoteError || cause instanceof SyntaxError)) throw cause
    output.result({ fork: false, reason: cause.message }, () => output.say(`no evidence of a fork: ${cause.message}`))
    return EXIT.failed
  }
}

const show = ({ log, size, common, witnesses, chain, alarms }: View, output: Output): void => {
  const state = alarms.length === 0 ? output.colour("agrees", "green") : output.colour("ALARM", "red")
  output.say(`${log}: ${state}, ${size ?? "no"} leaves`)
  const by = common === null ? "none" : `${common.size} leaves, cosigned by ${common.by.join(", ") || "nobody"}`
  output.say(`  last common checkpoint: ${by}`)
  for (const { name, size, problem } of witnesses)
    output.say(`  witness ${name}: ${problem ?? `agrees, ${size} leaves`}`)
  if (chain !== undefined) output.say(`  contract ${chain.contract}: ${chain.size ?? "no"} leaves`)
  for (const { kind, text } of alarms) output.say(`  ${kind}: ${text}`)
}

/** Says each alarm when it begins and when it ends. */
const tellChanges = (views: ReadonlyArray<View>, before: ReadonlySet<string>): ReadonlySet<string> => {
  const now = new Set(views.flatMap(({ log, alarms }) => alarms.map(({ kind }) => `${kind} of ${log}`)))
  for (const { log, alarms } of views)
    for (const { kind, text } of alarms)
      if (!before.has(`${kind} of ${log}`)) complain(`ALARM: ${kind} of ${log}: ${text}`)
  for (const ended of before) if (!now.has(ended)) complain(`over: ${ended}`)
  return now
}

const follow = async (given: Arguments, output: Output): Promise<ExitCode> => {
  const policy = policyIn(given.required("policy"))
  const [intervalMs, stallMs] = [given.whole("interval", 1, 86_400) * 1000, given.whole("stall", 1, 604_800) * 1000]
  const timeoutMs = given.whole("timeout", 1, 600) * 1000
  const logs = policy.logs.filter(isRead)
  if (logs.length === 0)
    throw new UsageError("the policy names no log with a URL (or directory): a monitor reads `log VKEY URL`")
  const watched = chainWatch(given, logs, timeoutMs)
  const dir = given.required("state")
  await makeDirectory(dir)
  const release = lockDir(dir)
  const stop = listenForStop()
  try {
    const states = new WitnessStates(dir)
    await states.open()
    const followers = logs.map(
      ({ key, url }) =>
        new Follower({ log: key, source: sourceAt(url, timeoutMs), policy, states, timeoutMs, stallMs }),
    )
    let views: ReadonlyArray<View> = []
    let seenAt: number | null = null
    const look = async (): Promise<void> => {
      const seen: Array<View> = []
      for (const follower of followers) seen.push(await follower.look())
      views = await watched(seen)
      seenAt = Date.now()
    }
    if (given.flag("once")) {
      await look()
      output.result({ views }, () => {
        for (const view of views) show(view, output)
      })
      return views.some(({ alarms }) => alarms.length > 0) ? EXIT.failed : EXIT.ok
    }
    const server = await startServer({
      host: given.required("host"),
      port: given.whole("port", 0, 65_535),
      access: { tokens: [], certificates: [], open: false },
      routes: [
        {
          method: "GET",
          path: "/",
          right: null,
          handle: () => ({
            status: 200,
            type: "text/html; charset=utf-8",
            headers: { "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'" },
            body: pageOf(views, seenAt),
          }),
        },
        { method: "GET", path: "/status", right: null, handle: () => ({ status: 200, body: { time: seenAt, views } }) },
        forksRoute(states),
      ],
      onRefused: () => undefined,
      onProblem: (cause) => complainOf("a call failed", cause),
    })
    output.result({ url: server.url, logs: logs.map(({ key }) => key.name) }, () =>
      output.say(`the monitor's page is at ${server.url}`),
    )
    let before: ReadonlySet<string> = new Set()
    while (!stop.signal.aborted) {
      await look()
      before = tellChanges(views, before)
      await delay(intervalMs, undefined, { signal: stop.signal }).catch(() => undefined)
    }
    await server.close()
    return EXIT.ok
  } finally {
    stop.release()
    release()
  }
}

export const monitor: Command = {
  name: "monitor",
  summary: "follow logs and their witnesses, and raise an alarm where they do not agree",
  usage: "monitor --policy FILE --state DIR [--once] | monitor --evidence FILE --key KEYS",
  details: `Reads the logs of the policy (C2SP tlog-policy, lines "log VKEY URL"; a directory will do for a URL), verifies that each
new checkpoint continues the last one, and compares with what each witness (lines "witness NAME VKEY URL") has cosigned. Alarms:
fork, rollback, withheld, stall, unproven, unsigned, unreachable. DIR keeps what was verified last, and evidence of forks.
With --contract (and --chain, --rpc: a node of your own, --anchor-key) it compares what the contract holds with the anchor log of the policy:
alarm chain. Serves
a page with the last common checkpoint until it is stopped; with --once it looks once, and exit code 1 says that there is an alarm.
--evidence checks a file from forks/: exit code 0 where it shows that the log's key signed two histories. Needs nothing else.`,
  takes: 0,
  options: {
    policy: { type: "string", value: "FILE", help: "the policy, with the URLs of logs and witnesses" },
    state: { type: "string", value: "DIR", help: "the monitor's own directory" },
    once: { type: "boolean", help: "look once, and end" },
    interval: { type: "string", value: "SECONDS", default: "30", help: "between two rounds" },
    stall: { type: "string", value: "SECONDS", default: "600", help: "how old the newest cosigned checkpoint may be" },
    timeout: { type: "string", value: "SECONDS", default: "10", help: "of each call" },
    host: { type: "string", value: "HOST", default: HTTP.httpHost.fallback, help: "where the page is served" },
    port: { type: "string", value: "PORT", default: "8091", help: "where the page is served; 0 picks a free one" },
    evidence: { type: "string", value: "FILE", help: "check this evidence of a fork" },
    key: { type: "string", value: "KEYS", help: "the log's verifier key, for --evidence" },
    "anchor-key": { type: "string", value: "KEY", help: "the anchor log's verifier key (anchor.vkey)" },
    chain: { type: "string", value: "N", help: "the id of the chain that it is anchored on" },
    contract: { type: "string", value: "ADDRESS", help: "the contract" },
    rpc: { type: "string", value: "URL", help: "a node of your own" },
    "chain-stall": { type: "string", value: "SECONDS", default: "7200", help: "how long the contract may be behind" },
  },
  run: async (given, output) => {
    const evidence = given.text("evidence")
    return evidence === null ? follow(given, output) : checkEvidence(evidence, given.required("key"), output)
  },
}
