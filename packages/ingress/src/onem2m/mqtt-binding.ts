/**
 * The MQTT binding (TS-0010): requests and answers are publications on topics that name both ends.
 *
 *   /oneM2M/req/<originator>/<receiver>/<json|cbor>        a request; /oneM2M/resp/... its answer, over the same ends
 *   /oneM2M/reg_req/<credential or AE-ID>/<receiver>/...   a registration; /oneM2M/reg_resp/... its answer
 *
 * An id is written without its first slash, and with ":" for any other (TS-0010, clause 6). A publication is taken from the broker
 * before it is durable: what it tells lies in the CSE, and the answer to the CSE waits.
 */
import { connect, type IClientOptions, type MqttClient } from "mqtt"
import { clientOptionsOf, type Login } from "../mqtt/client-options.ts"
import { type CseClient, newRequestId } from "./client.ts"
import { type CseRequest, type CseResponse, CseUnreachableError, isObject, TYPE, textIn, wholeIn } from "./primitive.ts"
import { answerTo, readPrimitive, requestOf } from "./primitive-object.ts"
import type { Receive } from "./receive.ts"
import { deserialize, SERIALIZATIONS, type Serialization, serialize } from "./serialization.ts"

export interface MqttBindingOptions extends Login {
  readonly url: URL
  /** `/id-in`. */
  readonly cseId: string
  readonly aeId: string
  readonly serialization: Serialization
  readonly receive: Receive
  readonly onProblem: (what: string) => void
}

export interface MqttBinding extends CseClient {
  /** Where notifications go: the broker, and behind it whom it is for. */
  readonly notifyAt: string
  isConnected(): boolean
}

const TIMEOUT_MS = 10_000
/** Of a notification, with its topic. */
const PACKET_BYTES = (4 << 20) + (64 << 10)
const MAX_UNDER_WAY = 256

/** An id as a topic has it. */
const inTopic = (id: string): string => id.replace(/^\//, "").replaceAll("/", ":")

const fromTopic = (segment: string): string => segment.replaceAll(":", "/")

const optionsOf = (options: MqttBindingOptions): IClientOptions => ({
  ...clientOptionsOf(options),
  clientId: `A::${options.aeId}`,
  protocolVersion: 5,
  clean: true,
  connectTimeout: TIMEOUT_MS,
  properties: { maximumPacketSize: PACKET_BYTES },
})

/** Connects, and goes on trying for ever. */
export const mqttBinding = (options: MqttBindingOptions): MqttBinding => {
  const { url, cseId, aeId, serialization, receive, onProblem } = options
  const [cse, ae] = [inTopic(cseId), inTopic(aeId)]
  const pending = new Map<string, (response: CseResponse) => void>()
  let underWay = 0
  let isSubscribed = false
  const client: MqttClient = connect(url.href, { ...optionsOf(options), manualConnect: true })

  /** @throws UnreadableError */
  const contentOf = (topic: string, payload: Buffer): unknown => {
    const form = topic.slice(topic.lastIndexOf("/") + 1)
    return deserialize(payload, SERIALIZATIONS.find((one) => one === form) ?? serialization)
  }
  const onResponse = (content: unknown): void => {
    const [requestId, rsc] = [textIn(content, "rqi"), wholeIn(content, "rsc")]
    if (requestId === null || rsc === null) return
    pending.get(requestId)?.({ rsc, content: isObject(content) ? (content["pc"] ?? null) : null })
  }
  const onRequest = async (topic: string, payload: Buffer, content: unknown): Promise<void> => {
    const request = readPrimitive(content)
    if (request === null) {
      onProblem(`a request on ${topic} has no originator (fr) or no identifier (rqi)`)
      return
    }
    const [, , , originator = "", , form = serialization] = topic.split("/")
    const rsc = await receive(request, { topicOriginator: fromTopic(originator), certificateNames: null }, payload)
    const answer = answerTo(request, rsc, aeId)
    await client.publishAsync(`/oneM2M/resp/${originator}/${ae}/${form}`, serialize(answer, form as Serialization), {
      qos: 1,
    })
  }
  client.on("message", (topic, payload) => {
    const [, , kind] = topic.split("/")
    try {
      const content = contentOf(topic, payload)
      if (kind === "resp" || kind === "reg_resp") return onResponse(content)
      if (underWay >= MAX_UNDER_WAY) return // the CSE has it, and it is read from there
      underWay += 1
      void onRequest(topic, payload, content)
        .catch((cause: Error) => onProblem(`answering over MQTT: ${cause.message}`))
        .finally(() => {
          underWay -= 1
        })
    } catch (cause) {
      onProblem(`a publication on ${topic.slice(0, 200)} cannot be read: ${(cause as Error).message}`)
    }
  })
  client.on("connect", () => {
    const topics = [`/oneM2M/resp/${ae}/${cse}/+`, `/oneM2M/reg_resp/${ae}/${cse}/+`, `/oneM2M/req/+/${ae}/+`]
    client.subscribeAsync(topics, { qos: 1 }).then(
      () => {
        isSubscribed = true
      },
      (cause: Error) => onProblem(`the broker refuses a subscription: ${cause.message}`),
    )
  })
  client.on("close", () => {
    isSubscribed = false
  })
  client.on("error", (cause) => onProblem(`${url.host}: ${cause.message}`))
  client.connect()

  const send = async (request: CseRequest): Promise<CseResponse> => {
    if (!client.connected || !isSubscribed)
      throw new CseUnreachableError(`there is no connection to the broker at ${url.host}`)
    const requestId = newRequestId()
    const kind = request.operation === "create" && request.type === TYPE.ae ? "reg_req" : "req"
    const topic = `/oneM2M/${kind}/${ae}/${cse}/${serialization}`
    const answer = Promise.withResolvers<CseResponse>()
    pending.set(requestId, answer.resolve)
    const within = (request.timeoutMs ?? TIMEOUT_MS) + (request.holdMs ?? 0)
    const timer = setTimeout(
      () => answer.reject(new CseUnreachableError("the CSE does not answer in time over MQTT")),
      within,
    )
    try {
      await client.publishAsync(topic, serialize(requestOf(request, aeId, requestId), serialization), { qos: 1 })
      return await answer.promise
    } catch (cause) {
      if (cause instanceof CseUnreachableError) throw cause
      throw new CseUnreachableError(`the broker at ${url.host} does not take a request: ${(cause as Error).message}`)
    } finally {
      clearTimeout(timer)
      pending.delete(requestId)
    }
  }
  return {
    notifyAt: `mqtt://${url.host}//${aeId}`,
    isConnected: () => client.connected && isSubscribed,
    request: send,
    close: async () => {
      await client.endAsync(!client.connected)
    },
  }
}
