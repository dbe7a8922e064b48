/** Settings of `assay ingress mqtt`, which brings messages from a broker. A node reads none of them. */
import { KEY_FORM } from "../key-form.ts"
import { choice, optional, secret, text, whole } from "../setting.ts"

const part = "mqtt"

export const MQTT = {
  url: optional({
    key: "ASSAY_MQTT_URL",
    part,
    form: "`mqtt://host:port`, or `mqtts://` for TLS",
    about: "The broker",
  }),
  version: choice({
    key: "ASSAY_MQTT_VERSION",
    part,
    values: ["5", "3.1.1"],
    fallback: "5",
    about: "The version of MQTT to speak",
    more: "With 3.1.1 there are no content types, user properties and reason codes, and the broker alone bounds what is under way",
  }),
  clientId: optional({
    key: "ASSAY_MQTT_CLIENT_ID",
    part,
    shown: "`assay-ingress-` and the name of the machine",
    about: "The client id: the broker keeps the session under it, so it must stay the same over restarts",
    more: "Another one for each instance",
  }),
  share: optional({
    key: "ASSAY_MQTT_SHARE",
    part,
    form: "a name",
    about: "The shared subscription, by which any number of instances share the messages",
  }),
  topics: text({
    key: "ASSAY_MQTT_TOPICS",
    part,
    form: "topic templates, comma-separated",
    fallback: "assay/v1/{device}/messages",
    about: "Where devices publish",
    more: "`{device}` stands for the segment with the device's DID, `{principal}` for one with another name; either must be bound to the client by the broker's ACL. `+` and `#` are wildcards",
  }),
  retained: choice({
    key: "ASSAY_MQTT_RETAINED",
    part,
    values: ["take", "ignore"],
    fallback: "take",
    about: "What becomes of messages that the broker had retained when the subscription began",
  }),
  username: optional({ key: "ASSAY_MQTT_USERNAME", part, about: "The user name at the broker" }),
  password: secret(optional({ key: "ASSAY_MQTT_PASSWORD", part, about: "The password at the broker" })),
  ca: optional({
    key: "ASSAY_MQTT_CA",
    part,
    form: "a PEM file",
    shown: "the system's authorities",
    about: "The authority that signed the broker's certificate",
  }),
  cert: optional({
    key: "ASSAY_MQTT_CERT",
    part,
    form: "a PEM file",
    about: "The client certificate; goes with the key",
  }),
  key: optional({ key: "ASSAY_MQTT_KEY", part, form: "a PEM file", about: "The private key of the certificate" }),
  receiveMaximum: whole({
    key: "ASSAY_MQTT_RECEIVE_MAXIMUM",
    part,
    minimum: 8,
    maximum: 65_535,
    fallback: 1_024,
    about: "Messages that are under way and not acknowledged yet: what waits above them stays with the broker",
  }),
  sessionExpiry: whole({
    key: "ASSAY_MQTT_SESSION_EXPIRY",
    part,
    minimum: 0,
    maximum: 4_294_967_295,
    fallback: 604_800,
    about: "Seconds for which the broker keeps the session, and what waits in it, while no instance is connected",
  }),
  receipts: text({
    key: "ASSAY_MQTT_RECEIPTS",
    part,
    form: "a topic template with `{device}`",
    fallback: "assay/v1/{device}/receipts",
    about: "Where receipts are published, with a receipt key",
  }),
  receiptKey: optional({
    key: "ASSAY_MQTT_RECEIPT_KEY",
    part,
    form: KEY_FORM,
    about: "Signs a receipt for each authenticated message; without it there are no receipts",
  }),
  passports: optional({
    key: "ASSAY_MQTT_PASSPORTS",
    part,
    form: "one topic with `{device}` and without wildcards, such as `assay/v1/{device}/passport`",
    about: "Where the passports of devices are published, retained; without it none are",
    more: "Read from the log: by the role passport-push on Kafka, else from --data. See [passports.md](passports.md)",
  }),
  challenges: optional({
    key: "ASSAY_MQTT_CHALLENGES",
    part,
    form: "one topic with `{device}` and without wildcards, such as `assay/v1/{device}/challenges`",
    about: "Where devices hear the challenges that they ask for; without it they cannot ask here",
    more: "The node at --url makes them (ASSAY_CHALLENGE_KEY there), and its token for the adapter has the right `submit`. See [hardware.md](hardware.md)",
  }),
  challengeRequests: text({
    key: "ASSAY_MQTT_CHALLENGE_REQUESTS",
    part,
    form: "one topic with `{device}` and without wildcards",
    fallback: "assay/v1/{device}/challenge-requests",
    about: "Where devices ask for challenges",
  }),
  receiptsPerSecond: whole({
    key: "ASSAY_MQTT_RECEIPTS_PER_SECOND",
    part,
    minimum: 1,
    maximum: 10_000,
    fallback: 10,
    about: "Receipts per second of each device; those above it are left out",
  }),
} as const
