/** Settings of what takes decisions out of a node. */
import { KEY_FORM } from "../key-form.ts"
import { choice, optional, text } from "../setting.ts"

export const EGRESS = {
  passportKey: optional({
    key: "ASSAY_PASSPORT_KEY",
    part: "egress",
    form: KEY_FORM,
    about: "Issues passports to trusted devices, signed by this key, and serves them",
    more: "For one process of a deployment. The passport policies of zones name the key's DID",
  }),
  passportFormer: optional({
    key: "ASSAY_PASSPORT_FORMER",
    part: "egress",
    form: "`prefix:PREFIX` or `dir:DIRECTORY`, comma-separated, the oldest first; or `none`",
    shown: "where the log says",
    about: "Where the epochs before this one are, which the passport issuer reads first",
    more: "With `none` passports that were withdrawn there count again until they end, and devices get new ones only when they have shown their credentials and earned trust anew",
  }),
  sinks: text({
    key: "ASSAY_SINKS",
    part: "egress",
    form: "`NAME=KIND:TARGET` or `NAME=KIND:TARGET?option=value&...;outcome+outcome`, comma-separated",
    empty: true,
    fallback: "",
    about: "Where decisions go, beside judging, each by a consumer group of its own: a file, syslog, a SIEM by HTTP",
    more: "Kinds and options are in the guides export.md and siem.md. A name is lower-case letters, digits and `-`. All outcomes where none is named. A sink that fails is tried again and holds up no stage",
  }),
  readings: choice({
    key: "ASSAY_READINGS",
    part: "egress",
    values: ["off", "verified", "all"],
    fallback: "off",
    about: "Whether rows of readings are made for data platforms: of verified messages, or of annotated ones too",
    more: "They go to `readings.verified.v1` and `readings.annotated.v1`, counts of quality to `readings.quality.v1`",
  }),
  readingsFormat: choice({
    key: "ASSAY_READINGS_FORMAT",
    part: "egress",
    values: ["avro", "json"],
    fallback: "avro",
    about: "How these rows lie on their streams: Avro behind the Confluent header, or a line of JSON",
  }),
} as const
