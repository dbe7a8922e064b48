/** rsyslog or syslog-ng over TLS. */
import { join } from "node:path"
import { issue, makeAuthority } from "@assay/testkit/certificates"
import { type ReceiverName, startReceiver } from "@assay/testkit/syslog"
import { type Receiver, sizeOf } from "./receiver.ts"

export interface SyslogFiles {
  readonly ca: string
  readonly cert: string
  readonly key: string
}

/** Certificates of an authority of its own. */
export const makeCertificates = (dir: string): SyslogFiles => {
  makeAuthority(dir, "ca")
  issue(dir, "ca", "siem")
  return { ca: join(dir, "ca.pem"), cert: join(dir, "siem.pem"), key: join(dir, "siem.key") }
}

export const syslogReceiver = async (dir: string, name: ReceiverName): Promise<Receiver> => {
  const tls = makeCertificates(dir)
  let current = await startReceiver(name, { dir, tls })
  const { port, file } = current
  return {
    to: `syslog+tls://127.0.0.1:${port}?ca=${tls.ca}&storm=0&timeout=10`,
    pid: () => current.process.pid,
    size: () => sizeOf(file),
    received: () =>
      current
        .received()
        .map(({ parameters }) => ({ key: parameters["key"] ?? "", isMarked: parameters["repeat"] !== undefined })),
    signal: (signal) => current.signal(signal),
    kill: async () => {
      current.signal("SIGKILL")
      await new Promise((resolve) => current.process.once("close", resolve))
    },
    restart: async () => {
      current = await startReceiver(name, { dir, tls, port })
    },
    stop: () => current.stop(),
  }
}
