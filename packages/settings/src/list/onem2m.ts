/** Settings of `assay ingress onem2m`, an application entity beside a CSE. A node reads none of them. */
import { choice, optional, secret, text, whole } from "../setting.ts"

const part = "onem2m"

export const ONEM2M = {
  url: optional({
    key: "ASSAY_ONEM2M_URL",
    part,
    form: "`http://host:port` or `https://host:port` of the CSE, or `mqtt://` or `mqtts://` of its broker",
    about: "Where the CSE is, and by which binding",
  }),
  cseBase: text({
    key: "ASSAY_ONEM2M_CSE_BASE",
    part,
    form: "`/CSE-ID/name`",
    pattern: /^\/[^/\s#+]{1,100}\/[^/\s#+]{1,100}$/,
    fallback: "/id-in/cse-in",
    about: "The SP-relative address of its CSEBase",
  }),
  aeId: text({
    key: "ASSAY_ONEM2M_AE_ID",
    part,
    form: "an AE-ID-Stem, `C` or `S` and more letters or digits",
    pattern: /^[CS][A-Za-z0-9._-]{1,100}$/,
    fallback: "CAssayIngress",
    about: "The AE-ID of the adapter, and the name of its resource",
    more: "Another one for each instance",
  }),
  label: text({
    key: "ASSAY_ONEM2M_LABEL",
    part,
    form: "a label without spaces",
    pattern: /^[^\s+&=]{1,100}$/,
    fallback: "assay",
    about: "The containers with this label are subscribed to",
  }),
  serialization: choice({
    key: "ASSAY_ONEM2M_SERIALIZATION",
    part,
    values: ["json", "cbor"],
    fallback: "json",
    about: "How requests, and notifications to the adapter, are written",
  }),
  reachedAt: optional({
    key: "ASSAY_ONEM2M_REACHED_AT",
    part,
    form: "`http://host:port` or `https://host:port`",
    about: "Where the CSE reaches the adapter",
    more: "Without it the adapter fetches its notifications from a polling channel. By MQTT the broker is the way, and this counts for nothing",
  }),
  listen: text({
    key: "ASSAY_ONEM2M_LISTEN",
    part,
    form: "`host:port`",
    pattern: /^\S+:\d{1,5}$/,
    fallback: "127.0.0.1:7072",
    about: "Where the adapter listens for notifications",
  }),
  peers: optional({
    key: "ASSAY_ONEM2M_PEERS",
    part,
    form: "`CSE-ID=name`, comma-separated",
    about:
      "By which name in its certificate (subject alternative name, or common name) a CSE is known; with `https://` it is asked for",
  }),
  devices: optional({
    key: "ASSAY_ONEM2M_DEVICES",
    part,
    form: 'a JSON file, `{"AE-ID": "DID"}`',
    about: "Which device speaks through which AE: what comes from an AE and is signed by another device is rejected",
  }),
  writeBack: choice({
    key: "ASSAY_ONEM2M_WRITE_BACK",
    part,
    values: ["off", "on"],
    fallback: "off",
    about:
      "Whether the CSE gets a resource that says how each device stands, and access to their containers follows the segmentation policy",
    more: "It needs the devices, the pinned roots, and the log: on Kafka by the role write-back, else the node's data directory (--data)",
  }),
  applications: optional({
    key: "ASSAY_ONEM2M_APPLICATIONS",
    part,
    form: "AE-IDs, comma-separated",
    about: "Who may read how devices stand, and subscribe to it",
  }),
  batch: whole({
    key: "ASSAY_ONEM2M_BATCH",
    part,
    minimum: 1,
    maximum: 1_000,
    fallback: 1,
    about: "Content instances that the CSE collects into one notification, for at most a second",
  }),
  sweep: whole({
    key: "ASSAY_ONEM2M_SWEEP",
    part,
    minimum: 1,
    maximum: 3_600,
    fallback: 10,
    about: "Seconds between two looks at containers, subscriptions and what was missed",
  }),
  window: whole({
    key: "ASSAY_ONEM2M_WINDOW",
    part,
    minimum: 5,
    maximum: 86_400,
    fallback: 300,
    about:
      "Seconds by which the originating timestamp of a notification may be off, and for which its request identifier is remembered",
  }),
  username: optional({
    key: "ASSAY_ONEM2M_USERNAME",
    part,
    about: "The user name at the CSE (HTTP basic authentication) or at the broker",
  }),
  password: secret(optional({ key: "ASSAY_ONEM2M_PASSWORD", part, about: "The password that goes with it" })),
  token: secret(optional({ key: "ASSAY_ONEM2M_TOKEN", part, about: "A bearer token for the CSE, instead of both" })),
  ca: optional({
    key: "ASSAY_ONEM2M_CA",
    part,
    form: "a PEM file",
    shown: "the system's authorities",
    about: "The authority that signed the certificates of the CSE",
  }),
  cert: optional({
    key: "ASSAY_ONEM2M_CERT",
    part,
    form: "a PEM file",
    about: "The certificate of the adapter, towards the CSE and for notifications; goes with the key",
  }),
  key: optional({ key: "ASSAY_ONEM2M_KEY", part, form: "a PEM file", about: "The private key of the certificate" }),
} as const
