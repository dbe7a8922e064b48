/** A kafkajs client from our settings: TLS, SASL, retries and logging in one place. */
import * as Redacted from "effect/Redacted"
import kafkajs, { type ISocketFactory, type Kafka, type KafkaConfig, type LogEntry } from "kafkajs"
import { applyQuirks } from "../kafkajs/quirks.ts"
import { checkSettings, type KafkaSettings, type Sasl } from "./settings.ts"

/** Receives what kafkajs has to say at level warn and above; by default nobody: errors reach callers as errors. */
export type ClientLog = (entry: LogEntry) => void

/**
 * The three fields, with the password opened here and nowhere before, in an object of their own: kafkajs keeps its authenticator, with the password, on the object it is given,
 * and would go on with it where settings are made from other settings.
 */
const credentialsOf = ({ mechanism, username, password }: Sasl): NonNullable<KafkaConfig["sasl"]> =>
  ({ mechanism, username, password: Redacted.value(password) }) as NonNullable<KafkaConfig["sasl"]>

/**
 * @param log for debugging
 * @param sockets how connections are made, where not by node:net and node:tls
 * @throws LogSetupError where the settings are not safe to use
 */
export const kafkaClient = (
  settings: KafkaSettings,
  log: ClientLog = () => undefined,
  sockets?: ISocketFactory,
): Kafka => {
  checkSettings(settings)
  applyQuirks()
  const { tls, sasl } = settings
  const config: KafkaConfig = {
    clientId: settings.clientId,
    brokers: [...settings.brokers],
    connectionTimeout: 3_000,
    authenticationTimeout: 5_000,
    requestTimeout: 15_000,
    // 20 ms as in the Java client: a transaction that follows another closely meets CONCURRENT_TRANSACTIONS.
    retry: { initialRetryTime: 20, maxRetryTime: 1_000, multiplier: 1.7, factor: 0.2, retries: 8 },
    logLevel: kafkajs.logLevel.WARN,
    logCreator: () => log,
    ...(sockets === undefined ? {} : { socketFactory: sockets }),
    ...(sasl === null ? {} : { sasl: credentialsOf(sasl) }),
    ...(tls === null
      ? {}
      : {
          ssl: {
            ...(tls.ca === null ? {} : { ca: [tls.ca] }),
            ...(tls.cert === null ? {} : { cert: tls.cert }),
            ...(tls.key === null ? {} : { key: Redacted.value(tls.key) }),
          },
        }),
  }
  return new kafkajs.Kafka(config)
}
