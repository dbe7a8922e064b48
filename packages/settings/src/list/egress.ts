/** Settings of what takes decisions out of a node. */
import { text } from "../setting.ts"

export const EGRESS = {
  sinks: text({
    key: "ASSAY_SINKS",
    part: "egress",
    form: "`NAME=KIND:TARGET` or `NAME=KIND:TARGET?option=value&...;outcome+outcome`, comma-separated",
    empty: true,
    fallback: "",
    about: "Where decisions go, beside judging, each by a consumer group of its own: a file, syslog, a SIEM by HTTP",
    more: "Kinds and options are in the guides export.md and siem.md. A name is lower-case letters, digits and `-`. All outcomes where none is named. A sink that fails is tried again and holds up no stage",
  }),
} as const
