/** rsyslog and syslog-ng as receivers of a test, over TLS or TCP: started, stopped, paused and killed; or, loudly, none. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { freePorts } from "@assay/infra/kafka"
import { processEnvironment, withoutSettings } from "@assay/settings"

/** Where infra/ci/packages.sh unpacks syslog-ng: Debian installs one of the two at a time. */
const UNPACKED = "/opt/syslog-ng/usr"
const START_MS = 20_000
const POLL_MS = 20

export const RECEIVERS = ["rsyslog", "syslog-ng"] as const
export type ReceiverName = (typeof RECEIVERS)[number]

/** Debian keeps servers where a user's PATH does not look. */
export const inPath = (command: string): string | null => {
  for (const directory of ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"])
    if (existsSync(join(directory, command))) return join(directory, command)
  return null
}
const unpackedSyslogNg = join(UNPACKED, "sbin", "syslog-ng")

const BINARIES: Readonly<Record<ReceiverName, string | null>> = {
  rsyslog: inPath("rsyslogd"),
  "syslog-ng": inPath("syslog-ng") ?? (existsSync(unpackedSyslogNg) ? unpackedSyslogNg : null),
}

export const hasReceiver = (name: ReceiverName): boolean => BINARIES[name] !== null

/** A test that is silently not run is worse than none. */
export const sayWhichReceiversMiss = (file: string): void => {
  for (const name of RECEIVERS)
    if (!hasReceiver(name))
      process.stderr.write(`SKIPPED in ${file}: ${name} is not installed (infra/ci/packages.sh)\n`)
}

export interface ReceiverOptions {
  /** Its configuration, its process id and what it receives lie here. */
  readonly dir: string
  /** PEM files; null: plain TCP. */
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string } | null
  /** Default: a free one. */
  readonly port?: number
}

/** A message as the receiver understood it. */
export interface Received {
  /** 0 (emergency) to 7 (debug). */
  readonly level: number
  readonly facility: number
  readonly host: string
  readonly id: string
  /** Of the first element whose name begins with `assay@`. */
  readonly parameters: Readonly<Record<string, string>>
  readonly text: string
}

export interface SyslogReceiver {
  readonly name: ReceiverName
  readonly port: number
  readonly file: string
  readonly process: ChildProcess
  /** All that it has written so far. */
  received(): ReadonlyArray<Received>
  signal(name: NodeJS.Signals): void
  /** SIGTERM; it writes what it has. */
  stop(): Promise<void>
}

const rsyslogConfiguration = ({ dir, tls }: ReceiverOptions, port: number, file: string): string => `
global(workDirectory="${dir}" maxMessageSize="64k" preserveFQDN="on"${
  tls === null
    ? ""
    : `
  defaultNetstreamDriver="ossl" defaultNetstreamDriverCAFile="${tls.ca}"
  defaultNetstreamDriverCertFile="${tls.cert}" defaultNetstreamDriverKeyFile="${tls.key}"`
})
# In the order in which it reads: what it has read is in the file before it reads on, also where it is killed.
main_queue(queue.type="Direct")
module(load="mmpstrucdata")
module(load="imtcp"${tls === null ? "" : ' streamDriver.name="ossl" streamDriver.mode="1" streamDriver.authMode="anon"'})
input(type="imtcp" port="${port}" address="127.0.0.1" ruleset="kept")
template(name="line" type="list" option.jsonf="on") {
  property(outname="level" name="syslogseverity" format="jsonf")
  property(outname="facility" name="syslogfacility" format="jsonf")
  property(outname="host" name="hostname" format="jsonf")
  property(outname="id" name="msgid" format="jsonf")
  property(outname="sd" name="structured-data" format="jsonf")
  property(outname="text" name="msg" format="jsonf")
}
ruleset(name="kept") {
  action(type="mmpstrucdata")
  action(type="omfile" file="${file}" template="line" asyncWriting="off" flushOnTXEnd="on")
}
`

const syslogNgConfiguration = ({ tls }: ReceiverOptions, port: number, file: string): string => `@version: 3.38
options { keep-hostname(yes); flush-lines(0); log-msg-size(65536); };
source s { syslog(ip("127.0.0.1") port(${port}) transport("${tls === null ? "tcp" : "tls"}") max-connections(100)${
  tls === null
    ? ""
    : ` tls(key-file("${tls.key}") cert-file("${tls.cert}") ca-file("${tls.ca}") peer-verify(optional-untrusted))`
}); };
destination d { file("${file}" template("$(format-json level=$LEVEL_NUM facility=$FACILITY_NUM host=$HOST id=$MSGID sd=$SDATA text=$MSG)\\n")); };
log { source(s); destination(d); flags(flow-control); };
`

/** Its modules lie in a folder that is named by the version. */
const unpackedModules = (): string => {
  const folder = join(UNPACKED, "lib/syslog-ng")
  return join(folder, readdirSync(folder).find((name) => /^\d+\.\d+$/.test(name)) ?? "")
}

const commandOf = (name: ReceiverName, dir: string, configuration: string): ReadonlyArray<string> =>
  name === "rsyslog"
    ? ["-n", "-f", configuration, "-i", join(dir, "pid")]
    : [
        "-F",
        "--no-caps",
        ...["--cfgfile", configuration],
        ...["--persist-file", join(dir, "persist")],
        ...["--control", join(dir, "control")],
        ...["--pidfile", join(dir, "pid")],
        ...(BINARIES["syslog-ng"] === unpackedSyslogNg ? ["--module-path", unpackedModules()] : []),
      ]

/** RFC 5424 section 6.3.3, of the element `assay@`. */
const parametersOf = (structured: string): Readonly<Record<string, string>> => {
  const [, inner = ""] = /\[assay@\d+((?: [^ \]="]+="(?:[^"\\\]]|\\.)*")*)\]/s.exec(structured) ?? []
  return Object.fromEntries(
    [...inner.matchAll(/ ([^ \]="]+)="((?:[^"\\\]]|\\.)*)"/gs)].map(([, name, value]) => [
      name!,
      value!.replace(/\\(["\\\]])/g, "$1"),
    ]),
  )
}

interface Line {
  readonly level: string
  readonly facility: string
  readonly host: string
  readonly id: string
  readonly sd: string
  readonly text: string
}

const receivedOf = (line: string): Received => {
  const { level, facility, host, id, sd, text } = JSON.parse(line) as Line
  return {
    level: Number(level),
    facility: Number(facility),
    host,
    id,
    parameters: parametersOf(sd),
    text: text.trimStart(),
  }
}

const isListening = (port: number): boolean =>
  // Not by a connection: the receiver would count it, and some log it as a broken one.
  readFileSync("/proc/net/tcp", "utf8").includes(
    `:${port.toString(16).toUpperCase().padStart(4, "0")} 00000000:0000 0A`,
  )

/** Resolves when it listens. @throws where it ends instead, with what it said */
export const startReceiver = async (name: ReceiverName, options: ReceiverOptions): Promise<SyslogReceiver> => {
  const { dir } = options
  const port = options.port ?? (await freePorts(1))
  const [file, configuration] = [join(dir, "received.ndjson"), join(dir, `${name}.conf`)]
  writeFileSync(configuration, (name === "rsyslog" ? rsyslogConfiguration : syslogNgConfiguration)(options, port, file))
  const env = { ...withoutSettings(processEnvironment()), LD_LIBRARY_PATH: join(UNPACKED, "lib/syslog-ng") }
  const child = spawn(BINARIES[name]!, [...commandOf(name, dir, configuration)], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  })
  let said = ""
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-4_000)
    })
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()))
  const deadline = performance.now() + START_MS
  while (!isListening(port)) {
    if (child.exitCode !== null || performance.now() > deadline) {
      child.kill("SIGKILL")
      throw new Error(`${name} does not listen: ${said}`)
    }
    await delay(POLL_MS)
  }
  return {
    name,
    port,
    file,
    process: child,
    received: () => (existsSync(file) ? readFileSync(file, "utf8") : "").split("\n").slice(0, -1).map(receivedOf),
    signal: (signal) => void child.kill(signal),
    stop: async () => {
      child.kill("SIGCONT")
      child.kill("SIGTERM")
      await ended
    },
  }
}

/** liblognorm's own program, a parser of CEF that others wrote; null where it is not installed. */
export const lognormalizer: string | null = inPath("lognormalizer")

/** @param rules a rule base in version 2 @returns one JSON value for each line */
export const normalize = (dir: string, rules: string, lines: ReadonlyArray<string>): ReadonlyArray<unknown> => {
  const file = join(dir, "rules.rb")
  writeFileSync(file, `version=2\n${rules}\n`)
  const { status, stdout, stderr } = spawnSync(lognormalizer!, ["-r", file, "-e", "json"], {
    input: `${lines.join("\n")}\n`,
    encoding: "utf8",
    maxBuffer: 64 << 20,
  })
  if (status !== 0) throw new Error(`lognormalizer: ${stderr}`)
  return stdout
    .trimEnd()
    .split("\n")
    .map((line): unknown => JSON.parse(line))
}

/** A line of LEEF, as syslog-ng's parsers of separated columns and of pairs read it. */
export interface ReadLeef {
  readonly header: Readonly<Record<string, string>>
  readonly pairs: Readonly<Record<string, string>>
}

/** IBM's LEEF 2.0: six columns with a pipe between, then pairs with the delimiter between that the last column names (here `^`). */
const leefConfiguration = (input: string, output: string): string => `@version: 3.38
options { flush-lines(0); log-msg-size(1048576); stats-freq(0); };
source s { file("${input}" flags(no-parse) follow-freq(0.1)); };
parser header { csv-parser(prefix("header.") columns("version", "vendor", "product", "productVersion", "id", "delimiter", "rest")
  delimiters(chars("|")) quote-pairs("") flags(greedy)); };
parser pairs { kv-parser(template("\${header.rest}") prefix("pairs.") value-separator("=") pair-separator("^")); };
destination d { file("${output}" template("$(format-json --scope none header.* pairs.*)\\n")); };
log { source(s); parser(header); parser(pairs); destination(d); flags(flow-control); };
`

/** @param lines without the ends of lines @throws where syslog-ng has not read all of them in time */
export const leefBySyslogNg = async (dir: string, lines: ReadonlyArray<string>): Promise<ReadonlyArray<ReadLeef>> => {
  const [input, output, configuration] = ["leef.log", "leef.ndjson", "leef.conf"].map((name) => join(dir, name)) as [
    string,
    string,
    string,
  ]
  writeFileSync(input, lines.map((line) => `${line}\n`).join(""))
  writeFileSync(configuration, leefConfiguration(input, output))
  const env = { ...withoutSettings(processEnvironment()), LD_LIBRARY_PATH: join(UNPACKED, "lib/syslog-ng") }
  const child = spawn(BINARIES["syslog-ng"]!, [...commandOf("syslog-ng", dir, configuration)], { env })
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()))
  let said = ""
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-4_000)
  })
  const read = (): ReadonlyArray<string> =>
    (existsSync(output) ? readFileSync(output, "utf8") : "").split("\n").slice(0, -1)
  try {
    const deadline = performance.now() + START_MS
    while (read().length < lines.length) {
      if (child.exitCode !== null || performance.now() > deadline)
        throw new Error(`syslog-ng read ${read().length} of ${lines.length} lines: ${said}`)
      await delay(POLL_MS)
    }
    return read().map((line) => JSON.parse(line) as ReadLeef)
  } finally {
    child.kill("SIGTERM")
    await ended
  }
}
