/**
 * Topic templates: which topics are subscribed to, and which segment of a topic names its sender.
 *
 * MQTT tells a subscriber nothing about the publisher. So the sender's name can only be a segment of the topic, and only where
 * the broker's ACL lets nobody but that client publish there: naming a segment here says that the broker does.
 *
 *   assay/v1/{device}/messages      the segment is the DID of the device that signs
 *   gateways/{principal}/#          the segment is the name of who carries: a gateway, a site
 *   legacy/+/telemetry              nobody is named: all of them share one quota
 */
import { ConfigurationError } from "@assay/settings"
import { wrongSetting } from "../wrong-setting.ts"

export interface TopicTemplate {
  /** As configured. */
  readonly text: string
  /** What is subscribed to (MQTT 5, section 4.7). */
  readonly filter: string
  readonly segments: ReadonlyArray<string>
  /** What the named segment stands for; null where none is named. */
  readonly names: "device" | "principal" | null
}

/** A topic as a template reads it. */
export interface TopicSender {
  readonly template: TopicTemplate
  /** The named segment; null where the template names none. */
  readonly name: string | null
}

const NAMED = { "{device}": "device", "{principal}": "principal" } as const
const MAX_TEMPLATES = 16
/** Of a topic, in UTF-8 (MQTT 5, section 1.5.4). */
const MAX_BYTES = 65_535

const isNamed = (segment: string): segment is keyof typeof NAMED => Object.hasOwn(NAMED, segment)
const isOne = (segment: string): boolean => segment === "+" || isNamed(segment)

/** @throws ConfigurationError that names the key and the template */
const templateOf = (key: string, text: string): TopicTemplate => {
  const wrong = (what: string): ConfigurationError => wrongSetting(key, `${JSON.stringify(text)} ${what}`)
  const segments = text.split("/")
  if (text === "" || text.includes("\0") || Buffer.byteLength(text) > MAX_BYTES) throw wrong("is no topic")
  if (text.startsWith("$")) throw wrong("begins with $: those topics are the broker's own, and no device speaks there")
  segments.forEach((segment, place) => {
    if (segment === "#" && place < segments.length - 1) throw wrong("has # before its end, where it stands for nothing")
    if (segment !== "#" && !isOne(segment) && /[+#{}]/.test(segment))
      throw wrong(`has ${JSON.stringify(segment)}: a wildcard or {device} is a whole segment`)
  })
  const named = segments.filter(isNamed)
  if (named.length > 1) throw wrong("names two segments: one of {device} and {principal} says who sends")
  return {
    text,
    filter: segments.map((segment) => (isNamed(segment) ? "+" : segment)).join("/"),
    segments,
    names: named[0] === undefined ? null : NAMED[named[0]],
  }
}

/** Whether some topic fits both: its messages would then come twice. */
export const overlap = (one: TopicTemplate, other: TopicTemplate): boolean => {
  for (let place = 0; ; place++) {
    const [mine, theirs] = [one.segments[place], other.segments[place]]
    if (mine === "#" || theirs === "#") return true
    if (mine === undefined || theirs === undefined) return mine === theirs
    if (!isOne(mine) && !isOne(theirs) && mine !== theirs) return false
  }
}

/**
 * @param key the setting, for messages
 * @param text templates with commas between
 * @throws ConfigurationError that names the key
 */
export const parseTemplates = (key: string, text: string): ReadonlyArray<TopicTemplate> => {
  const templates = text
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "")
    .map((one) => templateOf(key, one))
  if (templates.length === 0 || templates.length > MAX_TEMPLATES)
    throw new ConfigurationError(`configuration: ${key} takes 1 to ${MAX_TEMPLATES} templates, not ${templates.length}`)
  templates.forEach((template, place) => {
    const other = templates.slice(0, place).find((before) => overlap(before, template))
    if (other !== undefined)
      throw wrongSetting(
        key,
        `${template.text} and ${other.text} fit the same topics, whose messages would come twice: give one of them another form`,
      )
  })
  return templates
}

/** @throws ConfigurationError: where receipts go must be the topic of one device, without wildcards */
export const parseReceiptTopic = (key: string, text: string): TopicTemplate => {
  const [template, ...more] = parseTemplates(key, text)
  if (template!.names !== "device" || more.length > 0 || template!.segments.some((one) => one === "+" || one === "#"))
    throw new ConfigurationError(
      `configuration: ${key} is ${JSON.stringify(text)}: expected one topic with {device} and without wildcards`,
    )
  return template!
}

const fits = ({ segments }: TopicTemplate, parts: ReadonlyArray<string>): boolean => {
  const isOpen = segments.at(-1) === "#"
  const fixed = isOpen ? segments.slice(0, -1) : segments
  if (isOpen ? parts.length < fixed.length : parts.length !== fixed.length) return false
  return fixed.every((segment, place) => (isOne(segment) ? true : segment === parts[place]))
}

/** Who sends on a topic; null where it fits no template: it was not subscribed to, or no longer. */
export const senderOf = (templates: ReadonlyArray<TopicTemplate>, topic: string): TopicSender | null => {
  const parts = topic.split("/")
  const template = templates.find((one) => fits(one, parts))
  if (template === undefined) return null
  const place = template.segments.findIndex(isNamed)
  return { template, name: place < 0 ? null : parts[place]! }
}

/** The topic of a device. @returns null where its DID cannot be a segment of a topic */
export const topicOf = ({ segments }: TopicTemplate, device: string): string | null =>
  /[/+#\0]/.test(device) ? null : segments.map((segment) => (isNamed(segment) ? device : segment)).join("/")
