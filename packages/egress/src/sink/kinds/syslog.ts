import { syslogEncoderOf } from "../../encode/formats.ts"
import { EXAMPLE_ENTERPRISE } from "../../encode/siem/formats/rfc5424.ts"
import type { SinkKind } from "../kinds.ts"
import { syslogSink } from "../syslog/sink.ts"
import { hostAndPort, timeoutOf, tlsOf } from "./network.ts"
import { commonOf } from "./options.ts"

const FORMATS = ["rfc5424", "cef", "leef", "ocsf", "ecs", "json"]

/** RFC 6587 section 3.4.1 over TCP, RFC 5425 over TLS, with the ports that IANA has for them. */
export const syslogKind = (isTls: boolean): SinkKind => ({
  form: isTls ? "syslog+tls://HOST:PORT" : "syslog+tcp://HOST:PORT",
  formats: FORMATS,
  setUp: ({ address }, options) => {
    const { host, port } = hostAndPort(address, isTls ? 6514 : 601)
    const enterprise = options.whole("enterprise", 1, 4_294_967_295, EXAMPLE_ENTERPRISE)
    const common = commonOf(options, FORMATS, (format, given) => syslogEncoderOf(format, given, enterprise))
    const confirm = options.choice("confirm", ["close", "sent"], "close")
    const timeoutMs = timeoutOf(options)
    const tls = isTls ? tlsOf(options) : null
    const serverName = isTls ? options.text("server-name") : null
    const receiver = () => ({
      host,
      port,
      timeoutMs,
      tls:
        tls === null
          ? null
          : { ...tls(), minVersion: "TLSv1.2" as const, ...(serverName === null ? {} : { servername: serverName }) },
    })
    return { ...common, make: () => syslogSink(`${host}:${port}`, { receiver, confirm }) }
  },
})
