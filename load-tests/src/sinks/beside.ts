/**
 * CPU beside rsyslog's own forwarding, in one run: the same events, once brought from the log to a receiver by `assay export`, once
 * read from a file and forwarded by rsyslog, over TLS with octet counting both times. rsyslog has ready lines to pass on; the
 * exporter reads, decodes and encodes each decision, and has the receiver confirm what it read.
 */
import { spawn } from "node:child_process"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { openEmbedded } from "@assay/log/embedded"
import { inPath, type ReceiverName, startReceiver } from "@assay/testkit/syslog"
import { cpuOf, startExporter } from "../exporter.ts"
import { wholeLines } from "./receiver.ts"
import { makeCertificates } from "./syslog-receiver.ts"
import { PARTITIONS, startWriter } from "./writer.ts"

export interface Beside {
  readonly events: number
  /** Microseconds of CPU an event. The start of the process counts where it says so. */
  readonly exporterUs: number
  readonly exporterStartedUs: number
  readonly rsyslogUs: number
  /** What rsyslog passed on, each once or more. */
  readonly forwarded: number
}

const WAIT_MS = 600_000

const until = async (is: () => boolean): Promise<void> => {
  for (const end = performance.now() + WAIT_MS; !is() && performance.now() < end; ) await delay(200)
}

const forwarding = (dir: string, lines: string, port: number, ca: string): string => `
global(workDirectory="${dir}" maxMessageSize="64k" defaultNetstreamDriver="ossl" defaultNetstreamDriverCAFile="${ca}")
module(load="imfile" mode="inotify")
template(name="raw" type="string" string="%msg%")
input(type="imfile" file="${lines}" tag="assay" ruleset="out" readMode="0")
ruleset(name="out" queue.type="LinkedList" queue.size="100000") {
  action(type="omfwd" target="127.0.0.1" port="${port}" protocol="tcp" tcp_framing="octet-counted" template="raw"
    streamDriver="ossl" streamDriverMode="1" streamDriverAuthMode="anon" action.resumeRetryCount="-1")
}
`

/** @param count events of each */
export const beside = async (dir: string, count: number, progress: (line: string) => void): Promise<Beside> => {
  const own = join(dir, "beside")
  const [ours, theirs, sender] = ["exporter", "forwarded", "sender"].map((name) => join(own, name)) as [
    string,
    string,
    string,
  ]
  for (const made of [ours, theirs, sender]) mkdirSync(made, { recursive: true })
  const tls = makeCertificates(own)
  const log = await openEmbedded({ dir: join(ours, "data"), partitions: PARTITIONS })
  const writer = await startWriter(log)
  await writer.run(1e9, () => writer.written() >= count)
  const events = writer.written()
  await log.close()
  const receiving = (at: string, name: ReceiverName = "rsyslog") => startReceiver(name, { dir: at, tls })

  progress(`beside: ${events} events by assay export`)
  const first = await receiving(ours)
  const exporter = startExporter(ours, [
    "--to",
    `syslog+tls://127.0.0.1:${first.port}?ca=${tls.ca}&storm=0`,
    "--state",
    "state",
    "--outcome",
    "quarantined",
  ])
  await until(exporter.isUp)
  const started = cpuOf(exporter.process.pid)
  await until(() => wholeLines(first.file).length >= events)
  const spent = cpuOf(exporter.process.pid)
  await exporter.stop()
  await first.stop()

  // The very lines that the exporter sends.
  const lines = join(sender, "lines.log")
  const toFile = startExporter(ours, [
    "--to",
    `file:${lines}?format=rfc5424&storm=0`,
    "--state",
    "lines.state",
    "--outcome",
    "quarantined",
  ])
  await until(() => wholeLines(lines).length >= events)
  await toFile.stop()
  progress(`beside: the same by rsyslog`)
  const second = await receiving(theirs)
  const configuration = join(sender, "sender.conf")
  writeFileSync(configuration, forwarding(sender, lines, second.port, tls.ca))
  const rsyslog = spawn(inPath("rsyslogd")!, ["-n", "-f", configuration, "-i", join(sender, "pid")], {
    stdio: ["ignore", "ignore", "inherit"],
  })
  await until(() => wholeLines(second.file).length >= events)
  const passed = cpuOf(rsyslog.pid)
  rsyslog.kill("SIGTERM")
  await new Promise((resolve) => rsyslog.once("close", resolve))
  await second.stop()
  const perEvent = (seconds: number): number => Math.round((seconds * 1e7) / events) / 10
  return {
    events,
    exporterUs: perEvent(spent - started),
    exporterStartedUs: perEvent(spent),
    rsyslogUs: perEvent(passed),
    forwarded: wholeLines(second.file).length,
  }
}
